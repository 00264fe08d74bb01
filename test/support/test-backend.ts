import { Redis } from 'ioredis';
import { Evergreen, temporaryFolder } from './evergreen';
import { serviceUrls, startRedisCluster } from './services';
import { createTestDatabase } from './test-database';

/** Where one end-to-end file's services keep their data: nothing of it is shared with other files. */
export interface TestBackend {
  kind: 'embedded' | 'real';
  /** Settings that point a service to it. */
  env: Record<string, string>;
  /** Starts a service on it; all of them are ended by `destroy`. */
  start(env?: Record<string, string>, options?: { apiKey?: string }): Promise<Evergreen>;
  destroy(): Promise<void>;
}

/** Databases of one Redis server; each Jest worker has its own, emptied for each file. */
const REDIS_DATABASES = 15;

/**
 * The backend that this Jest project is about: embedded parts; real Postgres and Redis; or real Postgres and, for the
 * caches, a Redis Cluster of three masters and three replicas.
 */
export async function testBackend(): Promise<TestBackend> {
  const folder = temporaryFolder();
  const services: Evergreen[] = [];
  const kind = process.env.EVERGREEN_TEST_BACKEND;
  const real = kind === 'real' || kind === 'cluster';
  const cluster = kind === 'cluster' ? await startRedisCluster(3, 1) : null;
  const database = real ? await createTestDatabase() : null;
  const env: Record<string, string> = {
    DATA_DIR: folder.path,
    AUTH: 'disabled',
    SWEEP_INTERVAL_SECONDS: '1',
    // Suites count the calls of the language model.
    SEMANTIC_CACHE_JUDGE: 'off',
    // A busy machine may take longer than in production, and a cache call that does is a miss.
    REDIS_CACHE_TIMEOUT_MS: '2000',
  };
  if (database) {
    const { redisCacheUrl, redisQueueUrl } = await serviceUrls();
    env.DATABASE_URL = database.url;
    env.REDIS_CACHE_URL = cluster?.url ?? (await emptyRedisDatabase(redisCacheUrl));
    env.REDIS_QUEUE_URL = await emptyRedisDatabase(redisQueueUrl);
  }
  return {
    kind: real ? 'real' : 'embedded',
    env,
    start: async (more = {}, options = {}) => {
      const service = await Evergreen.start({ ...env, ...more }, options);
      services.push(service);
      return service;
    },
    destroy: async () => {
      await Promise.all(services.map((service) => service.kill()));
      await Promise.all([database?.drop(), cluster?.destroy()]);
      folder.remove();
    },
  };
}

async function emptyRedisDatabase(serverUrl: string): Promise<string> {
  const url = new URL(serverUrl);
  url.pathname = `/${1 + (Number(process.env.JEST_WORKER_ID ?? '1') % REDIS_DATABASES)}`;
  const client = new Redis(url.href);
  await client.flushdb();
  client.disconnect();
  return url.href;
}
