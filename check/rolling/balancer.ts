import type { Evergreen, Reply } from '../../test/support/evergreen';

const PROBE_EVERY_MS = 250;

/**
 * Distributes requests over API processes as a load balancer does: it checks readiness, and sends a request that a process did not
 * accept to the next one. A request that was accepted is never sent again.
 */
export class Balancer {
  private readonly backends = new Map<Evergreen, { ready: boolean }>();
  private readonly timer = setInterval(() => void this.probe(), PROBE_EVERY_MS);
  private turn = 0;

  add(service: Evergreen): void {
    this.backends.set(service, { ready: true });
  }

  remove(service: Evergreen): void {
    this.backends.delete(service);
  }

  /** @throws Error if no process accepts it, or one accepts it and does not respond */
  async request<T>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
    const refusals: unknown[] = [];
    for (const service of this.inTurn()) {
      try {
        // One connection per request: a stopping process may close a keep-alive connection just as it is used.
        return await service.request<T>(method, path, body, { connection: 'close' });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusals.push(error);
      }
    }
    throw new Error(`none of ${this.backends.size} processes accepted a request`, { cause: refusals });
  }

  close(): void {
    clearInterval(this.timer);
  }

  private inTurn(): Evergreen[] {
    const ready = [...this.backends].filter(([, state]) => state.ready).map(([service]) => service);
    const all = ready.length > 0 ? ready : [...this.backends.keys()];
    const first = this.turn++ % Math.max(1, all.length);
    return [...all.slice(first), ...all.slice(0, first)];
  }

  private async probe(): Promise<void> {
    for (const [service, state] of this.backends)
      state.ready = await service.request('GET', '/health/ready').then(
        ({ status }) => status === 200,
        () => false,
      );
  }
}

function isRefusal(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
  return cause?.code === 'ECONNREFUSED';
}
