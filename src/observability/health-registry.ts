import { Injectable, Logger } from '@nestjs/common';
import { within } from '../common/timers';

const DEFAULT_TIMEOUT_MS = 1000;

/** One dependency of the service, as its module knows it. */
export interface HealthCheck {
  /** `database`, `redis_cache`, `redis_queue`, `hnsw_index`, … */
  name: string;
  /** True: without it the service is unavailable. False: without it the service is degraded. */
  critical: boolean;
  /** Milliseconds after which the dependency counts as down; default 1,000. */
  timeoutMs?: number;
  /** Resolves if the dependency works. */
  check(): Promise<void>;
}

/** State of one dependency. */
export interface DependencyHealth {
  status: 'up' | 'down';
  critical: boolean;
  /** Milliseconds the check took. */
  latencyMs: number;
}

/** State of the service: `unavailable` if a critical dependency is down, `degraded` if another one is. */
export interface ServiceHealth {
  status: 'ready' | 'degraded' | 'unavailable';
  dependencies: Record<string, DependencyHealth>;
}

/** Collects the health checks of all modules and runs them. */
@Injectable()
export class HealthRegistry {
  private readonly logger = new Logger(HealthRegistry.name);
  private readonly checks = new Map<string, HealthCheck>();
  private readonly down = new Set<string>();
  private running: Promise<ServiceHealth> | null = null;
  private stopping = false;

  /** @throws Error if a check of this name exists */
  register(check: HealthCheck): void {
    if (this.checks.has(check.name)) throw new Error(`two health checks are named ${check.name}`);
    this.checks.set(check.name, check);
  }

  /** The process is about to stop: from now on it reports `unavailable`, whatever the state of its dependencies. */
  beginStop(): void {
    this.stopping = true;
  }

  /** Runs all checks in parallel. Concurrent callers share one run, because the route needs no authentication. */
  status(): Promise<ServiceHealth> {
    this.running ??= this.askAll().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async askAll(): Promise<ServiceHealth> {
    const states = await Promise.all(
      [...this.checks.values()].map(async (check) => [check.name, await this.ask(check)] as const),
    );
    const isDown = (critical: boolean) =>
      states.some(([, state]) => state.status === 'down' && state.critical === critical);
    return {
      status: this.stopping || isDown(true) ? 'unavailable' : isDown(false) ? 'degraded' : 'ready',
      dependencies: Object.fromEntries(states),
    };
  }

  private async ask(check: HealthCheck): Promise<DependencyHealth> {
    const started = performance.now();
    let status: DependencyHealth['status'] = 'up';
    try {
      await within(check.timeoutMs ?? DEFAULT_TIMEOUT_MS, check.check());
      if (this.down.delete(check.name)) this.logger.log(`${check.name} is up again`);
    } catch (error) {
      status = 'down';
      // Once per outage. The cause goes to the log only, because it may name hosts.
      if (!this.down.has(check.name)) this.logger.warn(`${check.name} is down: ${String(error)}`);
      this.down.add(check.name);
    }
    const latencyMs = Math.round((performance.now() - started) * 100) / 100;
    return { status, critical: check.critical, latencyMs };
  }
}
