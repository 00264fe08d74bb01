import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { newId } from '../common/ids';
import { every, type Repetition } from '../common/timers';
import { Metrics } from '../observability/metrics';
import { CacheRedis } from '../redis/cache-redis';
import type { RedisClient } from '../redis/redis-client';
import { cacheFailureOf, orWithoutCache } from '../redis/redis-failure';
import { type InvalidationCause, SemanticCacheService } from './semantic-cache.service';

/** A document whose cached answers are to go. */
export interface Invalidation {
  tenantId: string;
  documentId: string;
  cause: InvalidationCause;
  /** When the change was committed, in ms since the epoch. */
  changedAtMs: number;
}

/** Of all tenants, so it carries no hash tag. */
const STREAM = 'evergreen:invalidations';
const GROUP = 'evergreen';
/** Far more than wait at any time; what is trimmed unread costs memory, and no correctness. */
const MAX_LENGTH = 10_000;
const READ_COUNT = 100;
const ROUND_MS = 200;
/** Rounds between two looks for what others left behind. */
const ROUNDS_PER_CLAIM = 10;
/** A message that its reader has not handled for this long is taken over. */
const ABANDONED_MS = 5_000;
/** Readers that died are forgotten after this. */
const FORGOTTEN_MS = 3_600_000;

type Message = [id: string, fields: string[]];

/**
 * Purges the answers of changed documents, soon and once in the deployment: a Redis Stream that all processes read as
 * one consumer group. Without Redis the answers are in this process, which purges at once. Correctness does not depend
 * on any of it: an answer is checked before it is served.
 * @see https://redis.io/docs/latest/develop/data-types/streams/#consumer-groups
 */
@Injectable()
export class InvalidationStream implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(InvalidationStream.name);
  private readonly consumer = newId();
  private reading?: Repetition;
  private rounds = 0;

  constructor(
    private readonly redis: CacheRedis,
    private readonly cache: SemanticCacheService,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.redis.configured) return;
    this.reading = every(ROUND_MS, () =>
      this.round().catch((error: unknown) => this.logger.error((error as Error).stack)),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.reading?.stop();
  }

  /** Has the answers built on a document purged. Never throws: where it fails they are found to be stale when asked for. */
  async emit(invalidation: Invalidation): Promise<void> {
    if (!this.redis.configured) return this.handle(invalidation);
    await this.attempt('emit', (client) =>
      client.xadd(STREAM, 'MAXLEN', '~', MAX_LENGTH, '*', ...Object.entries(invalidation).flat()),
    );
  }

  /** Handles what waits: new messages, and now and then those whose reader has died. */
  async round(): Promise<void> {
    try {
      if (this.rounds++ % ROUNDS_PER_CLAIM === 0) {
        await this.handleAll(await this.claimAbandoned());
        await this.forgetReaders();
      }
      for (let messages: Message[]; (messages = await this.readNew()).length > 0;) {
        await this.handleAll(messages);
        if (messages.length < READ_COUNT) break;
      }
    } catch (error) {
      if (cacheFailureOf(error) === null) throw error;
      // Nobody has made the group yet, or it was lost with the server's data.
      if (/NOGROUP/.test(String((error as Error).cause))) await this.attempt('group', createGroup);
    }
  }

  private async readNew(): Promise<Message[]> {
    const reply = (await this.redis.run('invalidation.read', (client) =>
      client.xreadgroup('GROUP', GROUP, this.consumer, 'COUNT', READ_COUNT, 'STREAMS', STREAM, '>'),
    )) as [stream: string, messages: Message[]][] | null;
    return reply?.[0]?.[1] ?? [];
  }

  private async claimAbandoned(): Promise<Message[]> {
    const [, messages] = (await this.redis.run('invalidation.claim', (client) =>
      client.xautoclaim(STREAM, GROUP, this.consumer, ABANDONED_MS, '0', 'COUNT', READ_COUNT),
    )) as [cursor: string, messages: Message[]];
    return messages;
  }

  private async handleAll(messages: readonly Message[]): Promise<void> {
    for (const [id, fields] of messages) {
      // One that cannot be handled now stays with the group, and is claimed later.
      const { tenantId, documentId, cause, changedAtMs } = pairsOf(fields);
      await this.handle({
        tenantId: String(tenantId),
        documentId: String(documentId),
        cause: cause as InvalidationCause,
        changedAtMs: Number(changedAtMs),
      });
      await this.redis.run('invalidation.ack', (client) => client.xack(STREAM, GROUP, id));
    }
  }

  private async handle({ tenantId, documentId, cause, changedAtMs }: Invalidation): Promise<void> {
    await this.cache.purgeDocument(tenantId, documentId, cause);
    this.metrics.cacheInvalidationLag.observe(Math.max(0, this.clock.nowMs() - changedAtMs) / 1000);
  }

  private async forgetReaders(): Promise<void> {
    for (const { name, pending, idleMs } of await this.readers())
      if (pending === 0 && idleMs > FORGOTTEN_MS)
        await this.attempt('forget', (client) => client.xgroup('DELCONSUMER', STREAM, GROUP, name));
  }

  private async readers(): Promise<{ name: string; pending: number; idleMs: number }[]> {
    const reply = (await this.redis.run('invalidation.readers', (client) =>
      client.xinfo('CONSUMERS', STREAM, GROUP),
    )) as (string | number)[][];
    return reply.map((fields) => {
      const { name, pending, idle } = pairsOf(fields);
      return { name: String(name), pending: Number(pending), idleMs: Number(idle) };
    });
  }

  /** What is of use and may fail. */
  private async attempt(what: string, call: (client: RedisClient) => Promise<unknown>): Promise<void> {
    await orWithoutCache(null, () => this.redis.run(`invalidation.${what}`, call));
  }
}

async function createGroup(client: RedisClient): Promise<void> {
  try {
    // From the beginning: what was told before there was a reader counts as well.
    await client.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM');
  } catch (error) {
    if (!String(error).includes('BUSYGROUP')) throw error;
  }
}

/** Names and values as Redis gives them, one after another. */
function pairsOf(fields: readonly (string | number)[]): Record<string, string | number> {
  const pairs = fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1]] as const] : []));
  return Object.fromEntries(pairs);
}
