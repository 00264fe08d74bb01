import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createKey } from '../../test/support/create-key';
import { Evergreen, eventually, temporaryFolder } from '../../test/support/evergreen';
import { FakeOpenAiServer } from '../../test/support/fake-openai-server';
import { CHECKOUT, startPostgres, startRedis, type TestServer } from '../../test/support/services';
import { createTestDatabase, type TestDatabase } from '../../test/support/test-database';
import { APIS } from './operation-plan';
import { tagsIn } from './versioned-documents';

/** Fault injection by signals; see the file. */
const FAULT_SIGNALS = path.join(CHECKOUT, 'check', 'coherence', 'preload', 'fault-signals.cjs');

/** What a follow-up names in place of what its conversation was about. */
const PUMP = /\b\w+(?= pump)/;

/** Quotes every passage of the prompt by its tag, and cites it; of a follow-up, makes a question of its own. */
function quoteAll(messages: { role: string; content: string }[]): string {
  const prompt = messages.at(-1)?.content ?? '';
  if (prompt.startsWith('{"conversation":')) return condense(JSON.parse(prompt) as Conversation);
  const passages = prompt.match(/"n": \d+,[^}]*/g) ?? [];
  const quotes = passages.flatMap((passage, i) => tagsIn(passage).map((tag) => `${tag} [${i + 1}]`));
  return quotes.length > 0 ? `It is on ${quotes.join(', ')}.` : 'NO_ANSWER';
}

interface Conversation {
  conversation: { role: string; content: string }[];
  question: string;
}

function condense({ conversation, question }: Conversation): string {
  const earlier = conversation.findLast(({ role }) => role === 'user')!.content;
  return earlier.replace(PUMP, PUMP.exec(question)?.[0] ?? '$&');
}

/** For a deployment with a private Postgres. */
const STATEMENT_TIMEOUT_MS = 1000;

/** Deviations from the default deployment. */
export interface DeploymentOptions {
  /** JavaScript files that each process loads before the service. */
  preloads?: readonly string[];
  /** Worker processes; default 1. */
  workers?: number;
  /** Whether it has a private Postgres, which may be killed and frozen. */
  ownPostgres?: boolean;
  /** Settings that differ from the defaults. */
  settings?: Record<string, string>;
}

/** Two API processes and workers on real Postgres and Redis servers, with fault injection. */
export class Deployment {
  readonly apis: Evergreen[] = [];
  private readonly workers: Evergreen[] = [];
  /** The fake embedding and language model of all processes. */
  model!: FakeOpenAiServer;
  private postgres: TestServer | null = null;
  private database!: TestDatabase;
  private redisCache!: TestServer;
  private redisQueue!: TestServer;
  private env!: Record<string, string>;
  private readonly folder = temporaryFolder();

  static async start(options: DeploymentOptions = {}): Promise<Deployment> {
    const deployment = new Deployment();
    try {
      await deployment.startAll(options);
      return deployment;
    } catch (error) {
      await deployment.destroy();
      throw error;
    }
  }

  private async startAll({
    preloads = [],
    workers = 1,
    ownPostgres = false,
    settings = {},
  }: DeploymentOptions): Promise<void> {
    if (ownPostgres) this.postgres = await startPostgres();
    this.model = await FakeOpenAiServer.start({ answer: quoteAll });
    [this.database, this.redisCache, this.redisQueue] = await Promise.all([
      // Empty, because the prepared database is for another embedding model.
      createTestDatabase({ template: 'template0', ...(this.postgres && { serverUrl: this.postgres.url }) }),
      startRedis({ role: 'cache', persistent: true }),
      startRedis({ role: 'queue' }),
    ]);
    this.env = {
      NODE_OPTIONS: [FAULT_SIGNALS, ...preloads].map((file) => `--require=${JSON.stringify(file)}`).join(' '),
      DATABASE_URL: this.database.url,
      REDIS_CACHE_URL: this.redisCache.url,
      REDIS_QUEUE_URL: this.redisQueue.url,
      // On a small machine under this load, processes and Redis are sometimes slow.
      REDIS_CACHE_TIMEOUT_MS: '250',
      DATA_DIR: this.folder.path,
      AUTH: 'disabled',
      LOG_LEVEL: 'warn',
      OPENAI_BASE_URL: this.model.url,
      OPENAI_API_KEY: 'none',
      LLM_PROVIDER: 'openai',
      SEMANTIC_CACHE_JUDGE: 'off',
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: 'word-hash',
      EMBEDDING_DIMENSIONS: '256',
      // Cosine similarity of rephrased questions with the fake model.
      SEMANTIC_CACHE_THRESHOLD: '0.7',
      SWEEP_INTERVAL_SECONDS: '1',
      JOB_LOCK_SECONDS: '1',
      // Short, so that statements to a frozen Postgres fail soon.
      ...(ownPostgres && { DATABASE_STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS) }),
      ...settings,
    };
    for (let i = 0; i < workers; i++) this.workers.push(await this.startWorker());
    for (let i = 0; i < APIS; i++) this.apis.push(await Evergreen.start({ ...this.env, ROLE: 'api' }));
  }

  /** Kills the caches' Redis and starts it again, with its saved data or empty. */
  async crashRedis(data: 'kept' | 'lost', downMs: number): Promise<void> {
    await this.redisCache.kill();
    await sleep(downMs);
    await this.redisCache.start();
    if (data === 'lost') await flush(this.redisCache.url);
  }

  /** Freezes an API process at any moment, and lets it continue. */
  async freezeApi(api: number, ms: number): Promise<void> {
    this.apis[api].process.kill('SIGSTOP');
    await sleep(ms);
    this.apis[api].process.kill('SIGCONT');
  }

  /** Stops the handling of invalidation events in all processes for a while. */
  async pauseInvalidation(ms: number): Promise<void> {
    const services = [...this.apis, ...this.workers];
    for (const { process: child } of services) child.kill('SIGHUP');
    await sleep(ms);
    for (const { process: child } of services) child.kill('SIGHUP');
  }

  /** Kills the worker after its next commit, before it publishes the invalidation event, and starts another one. */
  async killWorkerAfterCommit(): Promise<void> {
    const [{ process: child }] = this.workers;
    const died = () => (child.signalCode !== null || child.exitCode !== null ? true : undefined);
    child.kill('SIGUSR2');
    await eventually(() => Promise.resolve(died()), 'the worker to commit something');
    this.workers[0] = await this.startWorker();
  }

  /** Kills a worker at any moment and starts another one. */
  async killWorker(index: number): Promise<void> {
    await this.workers[index].kill();
    this.workers[index] = await this.startWorker();
  }

  /** Kills the queue's Redis and starts it again with its saved data. */
  async crashQueue(downMs: number): Promise<void> {
    await this.redisQueue.kill();
    await sleep(downMs);
    await this.redisQueue.start();
  }

  /** Kills the private Postgres and starts it again. */
  async crashPostgres(downMs: number): Promise<void> {
    await this.postgres?.kill();
    await sleep(downMs);
    await this.postgres?.start();
  }

  /** Freezes the private Postgres until statements and their retries have timed out. */
  async freezePostgres(): Promise<void> {
    this.postgres?.freeze();
    await sleep(2.5 * STATEMENT_TIMEOUT_MS);
    this.postgres?.thaw();
  }

  /** URL of the database, to inspect it. */
  get databaseUrl(): string {
    return this.database.url;
  }

  /** Creates an API key of the operator. */
  operatorKey(): Promise<string> {
    return createKey(this.env, 'default', 'admin');
  }

  /** Sum of a counter over all API processes. */
  async metric(name: string): Promise<number> {
    const values = await Promise.all(this.apis.map((api) => api.metric(name)));
    return values.reduce((sum, value) => sum + value, 0);
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.apis, ...this.workers].map((service) => service?.kill()));
    await Promise.all([this.redisCache?.destroy(), this.redisQueue?.destroy(), this.model?.close()]);
    if (this.postgres) await this.postgres.destroy();
    else await this.database?.drop();
    this.folder.remove();
  }

  private startWorker(): Promise<Evergreen> {
    return Evergreen.start({ ...this.env, ROLE: 'worker' });
  }
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
}
