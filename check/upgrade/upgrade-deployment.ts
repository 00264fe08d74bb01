import { Client } from 'pg';
import { Evergreen, temporaryFolder } from '../../test/support/evergreen';
import { startRedis, type TestServer } from '../../test/support/services';
import { createTestDatabase, type TestDatabase } from '../../test/support/test-database';
import { ModelServer } from './model-server';

/** The initial space, and the one that is upgraded to. */
export const OLD = { model: 'text-embedding-3-small', dimensions: 512 };
export const NEW = { model: 'text-embedding-3-large', dimensions: 3072 };

/** Name of the API processes' sessions in `pg_stat_activity`. */
const API_NAME = 'evergreen-api';
const WORKER_NAME = 'evergreen-worker';

/** Two API processes and a worker on real Postgres and Redis servers. */
export class UpgradeDeployment {
  readonly apis: Evergreen[] = [];
  /** A session that monitors all others. */
  database!: Client;
  private worker!: Evergreen;
  private model!: ModelServer;
  private testDatabase!: TestDatabase;
  private redisCache!: TestServer;
  private redisQueue!: TestServer;
  private env!: Record<string, string>;
  private readonly folder = temporaryFolder();

  /** @param preloads JavaScript files that each API process loads before the service */
  static async start(preloads: readonly string[] = []): Promise<UpgradeDeployment> {
    const deployment = new UpgradeDeployment();
    try {
      await deployment.startAll(preloads);
      return deployment;
    } catch (error) {
      await deployment.destroy();
      throw error;
    }
  }

  private async startAll(preloads: readonly string[]): Promise<void> {
    this.model = await ModelServer.start();
    [this.testDatabase, this.redisCache, this.redisQueue] = await Promise.all([
      // Empty, because the prepared database is for another embedding model.
      createTestDatabase({ template: 'template0' }),
      startRedis({ role: 'cache' }),
      startRedis({ role: 'queue' }),
    ]);
    this.env = {
      DATABASE_URL: this.testDatabase.url,
      REDIS_CACHE_URL: this.redisCache.url,
      REDIS_QUEUE_URL: this.redisQueue.url,
      // On a small machine under this load, processes are sometimes slow.
      REDIS_CACHE_TIMEOUT_MS: '200',
      DATA_DIR: this.folder.path,
      AUTH: 'disabled',
      LOG_LEVEL: 'warn',
      OPENAI_BASE_URL: this.model.url,
      OPENAI_API_KEY: 'none',
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: OLD.model,
      EMBEDDING_DIMENSIONS: String(OLD.dimensions),
      SWEEP_INTERVAL_SECONDS: '1',
      JOB_LOCK_SECONDS: '1',
      SPACE_DROP_DELAY_SECONDS: '3',
      RECENT_QUESTIONS_PER_MINUTE: '600',
      // Except for the passage that answers, the neighbours of these questions are almost random in both spaces.
      SPACE_GATE_OVERLAP: '0.1',
      NODE_OPTIONS: preloads.map((file) => `--require=${JSON.stringify(file)}`).join(' '),
    };
    await this.startWorker();
    for (let i = 0; i < 2; i++) this.apis.push(await this.startApi());
    this.database = new Client({ connectionString: this.testDatabase.url, application_name: 'check' });
    this.database.on('error', () => undefined);
    await this.database.connect();
  }

  /** Kills the worker with SIGKILL at any moment and starts another one. */
  async killWorker(): Promise<void> {
    await this.worker.kill();
    await this.startWorker();
  }

  /** Stops an API process with SIGTERM, so that it finishes its requests, and starts another one. */
  async restartApi(index: number): Promise<void> {
    const exitCode = await this.apis[index].stop();
    if (exitCode !== 0)
      throw new Error(`an API process ended with ${exitCode}:\n${this.apis[index].log.slice(-2000)}`);
    this.apis[index] = await this.startApi();
  }

  /** The last log lines of all processes. */
  get log(): string {
    return [...this.apis, this.worker].map((service) => service.log.slice(-1500)).join('\n---\n');
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.apis, this.worker].map((service) => service?.kill()));
    await this.database?.end().catch(() => undefined);
    await Promise.all([this.redisCache?.destroy(), this.redisQueue?.destroy(), this.model?.close()]);
    await this.testDatabase?.drop();
    this.folder.remove();
  }

  private startApi(): Promise<Evergreen> {
    return Evergreen.start({ ...this.env, ROLE: 'api', PGAPPNAME: API_NAME });
  }

  private async startWorker(): Promise<void> {
    this.worker = await Evergreen.start({
      ...this.env,
      NODE_OPTIONS: '',
      ROLE: 'worker',
      PGAPPNAME: WORKER_NAME,
    });
  }
}

/** A session that was waiting for a lock. */
export interface LockWait {
  session: string;
  event: string;
  query: string;
}

/** Samples sessions that wait for locks, many times per second. */
export class LockWatch {
  /** Number of samples. */
  samples = 0;
  /** Waits of API processes, which delay readers. */
  readonly ofReaders: LockWait[] = [];
  /** Other waits. */
  ofOthers = 0;
  private running = true;
  private readonly ended: Promise<void>;

  constructor(
    private readonly database: Client,
    private readonly intervalMs = 20,
  ) {
    this.ended = this.watch();
  }

  async end(): Promise<void> {
    this.running = false;
    await this.ended;
  }

  private async watch(): Promise<void> {
    while (this.running) {
      const { rows } = await this.database.query<LockWait>(
        `SELECT application_name AS session, wait_event AS event, left(regexp_replace(query, '\\s+', ' ', 'g'), 100) AS query
         FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      this.samples++;
      for (const wait of rows) {
        if (wait.session === API_NAME) this.ofReaders.push(wait);
        else this.ofOthers++;
      }
      await new Promise((resolve) => setTimeout(resolve, this.intervalMs));
    }
  }
}
