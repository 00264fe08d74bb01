import { Redis } from 'ioredis';
import { Client } from 'pg';
import { RECORD_FIELDS } from '../../src/semantic-cache/drivers/answer-record';
import { timed } from '../measure';

const PAUSE_MS = 10;

/** The calls that a cached answer needs, sent by plain clients while the service is under load. */
export class RawCalls {
  readonly redisMs: number[] = [];
  readonly postgresMs: number[] = [];
  private running = false;
  private loop: Promise<void> = Promise.resolve();

  private constructor(
    private readonly redis: Redis,
    private readonly postgres: Client,
    private readonly entry: string,
  ) {}

  static async connect(databaseUrl: string, redisUrl: string): Promise<RawCalls> {
    const redis = new Redis(redisUrl);
    const postgres = new Client({ connectionString: databaseUrl });
    await postgres.connect();
    const [entry] = await redis.keys('*:answer:*');
    return new RawCalls(redis, postgres, entry);
  }

  start(): void {
    this.running = true;
    this.loop = this.repeat();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  async close(): Promise<void> {
    await this.stop();
    this.redis.disconnect();
    await this.postgres.end();
  }

  private async repeat(): Promise<void> {
    while (this.running) {
      const read = await timed(() => this.redis.hmgetBuffer(this.entry, ...RECORD_FIELDS));
      this.redisMs.push(read.ms);
      const asked = await timed(() =>
        this.postgres.query({
          name: 'epoch',
          text: 'SELECT id, epoch FROM collection WHERE name = $1',
          values: ['default'],
        }),
      );
      this.postgresMs.push(asked.ms);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
