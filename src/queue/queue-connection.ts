import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { QueueOptions } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import { Redis } from 'ioredis';
import type { AppConfig } from '../config/app-config';
import type { GaugeSchedule } from '../observability/gauge-schedule';
import type { HealthRegistry } from '../observability/health-registry';
import type { Metrics } from '../observability/metrics';
import { redisMemoryRatio } from '../redis/redis-memory';

const CONNECT_TIMEOUT_MS = 3000;
const MAX_RECONNECT_DELAY_MS = 1000;
/** Connections of each queue and each worker to Postgres, besides the worker's listener. */
const POSTGRES_POOL_SIZE = 2;

/**
 * The connection of queues and workers to where jobs are kept. It reconnects for ever, and says once when it is lost
 * and once when it is back.
 */
@Injectable()
export class QueueConnection implements OnApplicationShutdown {
  private readonly logger = new Logger('Queue');
  private readonly redis: Redis | null;
  private readonly traced: boolean;
  private lost = false;

  constructor(
    config: AppConfig,
    private readonly databaseUrl: string,
    private readonly metrics: Metrics,
    health: HealthRegistry,
    gauges: GaugeSchedule,
  ) {
    const { backend, redisUrl } = config.queue;
    this.traced = config.tracing.endpoint !== null;
    const redis = backend === 'redis' && redisUrl !== null ? this.connectRedis(redisUrl) : null;
    this.redis = redis;
    // Documents are accepted without it, and wait.
    if (redis) {
      health.register({
        name: 'redis_queue',
        critical: false,
        check: async () => {
          if (!this.ready) throw new Error('not connected');
          await redis.ping();
        },
      });
      gauges.keep(async () => {
        if (this.ready) metrics.redisMemoryRatio.set({ server: 'queue' }, await redisMemoryRatio(redis));
      });
    }
    metrics.degraded.set({ dependency: 'queue' }, 0);
  }

  /** What queues and workers of BullMQ are made with; all of them share one Redis client. */
  get bullOptions(): Pick<QueueOptions, 'connection' | 'telemetry'> {
    return {
      connection: this.connection,
      // A job's span belongs to the trace of the request that asked for it.
      ...(this.traced && { telemetry: new BullMQOtel({ tracerName: 'evergreen' }) }),
    };
  }

  private get connection(): QueueOptions['connection'] {
    if (this.redis) return this.redis;
    return {
      connectionString: this.databaseUrl,
      schema: 'bullmq',
      migrate: true,
      max: POSTGRES_POOL_SIZE,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    };
  }

  /** Whether a command would be sent now. Postgres is always asked: it fails by itself, and at once. */
  get ready(): boolean {
    return this.redis === null || this.redis.status === 'ready';
  }

  /** Notes that the server could not be asked. */
  failed(error: unknown): void {
    if (this.lost) return;
    this.lost = true;
    this.metrics.degraded.set({ dependency: 'queue' }, 1);
    this.logger.warn(
      `the job queue cannot be asked, documents wait: ${error instanceof Error ? error.message : String(error)}`,
    );
  }

  /** Notes that the server answered. */
  succeeded(): void {
    if (!this.lost) return;
    this.lost = false;
    this.metrics.degraded.set({ dependency: 'queue' }, 0);
    this.logger.log('the job queue answers again');
  }

  /** Ends the connection without waiting for anybody: what is asked of it fails from now on. */
  disconnect(): void {
    this.redis?.disconnect();
  }

  /** After workers and queues have closed. */
  onApplicationShutdown(): void {
    this.disconnect();
  }

  private connectRedis(url: string): Redis {
    const redis = new Redis(url, {
      // BullMQ needs it for blocking commands; who adds a job asks `ready` first and does not wait.
      maxRetriesPerRequest: null,
      connectTimeout: CONNECT_TIMEOUT_MS,
      connectionName: 'evergreen-queue',
      retryStrategy: (attempts) => Math.min(50 * 2 ** Math.min(attempts, 10), MAX_RECONNECT_DELAY_MS),
    });
    redis.on('error', (error) => this.failed(error));
    redis.on('ready', () => this.succeeded());
    return redis;
  }
}
