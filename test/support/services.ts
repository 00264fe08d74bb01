import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import calculateSlot from 'cluster-key-slot';
import { Redis } from 'ioredis';
import { startInstance, type PrivateServer } from '../../scripts/local-services/instances';

/** The repository's root folder. */
export const CHECKOUT = path.join(__dirname, '..', '..');

/** Addresses of the servers that all tests share. */
export interface ServiceUrls {
  databaseUrl: string;
  redisCacheUrl: string;
  redisQueueUrl: string;
}

/**
 * A server of a test's own, with its own data and a port that stays the same for its whole life. It may be stopped,
 * killed and frozen without harm to other tests. `destroy()` it in `afterAll`.
 */
export interface TestServer extends PrivateServer {
  /** Starts again on the same data, if it is down. Resolves once connections are answered. */
  start(): Promise<void>;
  /** An orderly end; a frozen server is thawed first. */
  stop(): Promise<void>;
  /** `stop()`, then `start()`. */
  restart(): Promise<void>;
  /** SIGKILL to all its processes at once. */
  kill(): Promise<void>;
  /** SIGSTOP to all its processes: connections stay open and get no answer. */
  freeze(): void;
  /** SIGCONT: it goes on where it was frozen. */
  thaw(): void;
  /** Ends it, however it is, and deletes its data. */
  destroy(): Promise<void>;
}

let shared: Promise<ServiceUrls> | undefined;

/**
 * The shared servers: those of `DATABASE_URL`, `REDIS_CACHE_URL` and `REDIS_QUEUE_URL` if all three are set, else
 * those of `scripts/services up`, which are started if they do not run.
 * @throws Error that says what to install where neither is possible
 */
export function serviceUrls(): Promise<ServiceUrls> {
  return (shared ??= findServices());
}

async function findServices(): Promise<ServiceUrls> {
  const given = fromEnvironment(process.env);
  if (given) return given;
  const command = path.join(CHECKOUT, 'scripts', 'services');
  const { stdout } = await promisify(execFile)(process.execPath, [command, 'up', '--json']);
  const { environment } = JSON.parse(stdout) as { environment: NodeJS.ProcessEnv };
  const started = fromEnvironment(environment);
  if (!started) throw new Error(`scripts/services up printed no addresses: ${stdout}`);
  return started;
}

function fromEnvironment(environment: NodeJS.ProcessEnv): ServiceUrls | undefined {
  const { DATABASE_URL, REDIS_CACHE_URL, REDIS_QUEUE_URL } = environment;
  if (!DATABASE_URL || !REDIS_CACHE_URL || !REDIS_QUEUE_URL) return undefined;
  return { databaseUrl: DATABASE_URL, redisCacheUrl: REDIS_CACHE_URL, redisQueueUrl: REDIS_QUEUE_URL };
}

/**
 * Starts a private Postgres 17 with pgvector available, and an empty database.
 * @param options.inRoot needed for {@link startPostgresReplica} and {@link startPgBouncer}
 */
export function startPostgres(options: { port?: number; inRoot?: boolean } = {}): Promise<TestServer> {
  return startInstance({ kind: 'postgres', ...options });
}

/**
 * Starts a streaming replica (hot standby) of a private Postgres, with all its databases.
 * @param primary of {@link startPostgres} with `inRoot`
 * @throws Error where no Debian root can be made
 */
export function startPostgresReplica(primary: TestServer): Promise<TestServer> {
  return startInstance({ kind: 'postgres', inRoot: true, primaryPort: primary.port });
}

/**
 * Starts a PgBouncer in transaction mode before a private Postgres: its URL with another port reaches the same.
 * @param postgres of {@link startPostgres} with `inRoot`
 * @throws Error where no Debian root can be made
 */
export function startPgBouncer(postgres: TestServer): Promise<TestServer> {
  return startInstance({ kind: 'pgbouncer', inRoot: true, postgresPort: postgres.port });
}

/**
 * Starts a private Redis 8: `cache` evicts and forgets, `queue` does neither.
 * @param options.persistent whether data survives a stop; by default only for `queue`
 */
export function startRedis(options: {
  role: 'cache' | 'queue';
  persistent?: boolean;
  port?: number;
}): Promise<TestServer> {
  return startInstance({ kind: 'redis', persistent: options.role === 'queue', ...options });
}

/**
 * Starts a Prometheus of a test's own.
 * @param files `prometheus.yaml` and what it refers to, all in one folder
 * @throws Error where no Debian root can be made
 */
export function startPrometheus(files: Record<string, string>): Promise<TestServer> {
  return startInstance({ kind: 'prometheus', inRoot: true, files });
}

/** A Redis Cluster of a test's own. */
export interface TestCluster {
  /** The nodes' URLs, separated by commas. */
  url: string;
  /** The masters, by the slots that they serve, then their replicas in the same order. */
  nodes: readonly TestServer[];
  /** The master that serves a key. */
  masterOf(key: string): TestServer;
  destroy(): Promise<void>;
}

const CLUSTER_SLOTS = 16_384;
const CLUSTER_START_MS = 30_000;

/**
 * Starts a Redis Cluster for the caches, and waits until each node serves all slots and each replica follows its master.
 * @param replicas of each master
 * @throws Error where no Debian root can be made
 */
export async function startRedisCluster(masters = 3, replicas = 0): Promise<TestCluster> {
  const start = () => startInstance({ kind: 'redis', role: 'cache', cluster: true, inRoot: true });
  const nodes = await Promise.all(Array.from({ length: masters * (1 + replicas) }, start));
  const destroy = async () => void (await Promise.all(nodes.map((node) => node.destroy())));
  const clients = nodes.map(({ url }) => new Redis(url));
  const untilMs = Date.now() + CLUSTER_START_MS;
  const until = async (what: string, isSo: () => Promise<boolean>) => {
    while (!(await isSo().catch(() => false))) {
      if (Date.now() > untilMs) throw new Error(`the Redis Cluster did not form: ${what}`);
      await delay(50);
    }
  };
  const slots = CLUSTER_SLOTS / masters;
  try {
    await Promise.all(
      clients
        .slice(0, masters)
        .map((client, i) =>
          client.cluster('ADDSLOTSRANGE', Math.ceil(i * slots), Math.ceil((i + 1) * slots) - 1),
        ),
    );
    for (const { port, clusterPort } of nodes.slice(1))
      await clients[0].call('CLUSTER', 'MEET', '127.0.0.1', port, clusterPort ?? '');
    const ids = await Promise.all(clients.slice(0, masters).map((client) => client.cluster('MYID')));
    for (const [i, client] of clients.slice(masters).entries()) {
      const master = ids[i % masters];
      // Not before it has heard of it.
      await until('a replica knows no master', async () => {
        await client.cluster('REPLICATE', master);
        return true;
      });
      await until('a replica does not follow', async () =>
        (await client.info('replication')).includes('master_link_status:up'),
      );
    }
    for (const client of clients)
      await until('slots are not served', async () =>
        String(await client.cluster('INFO')).includes('cluster_state:ok'),
      );
  } catch (error) {
    await destroy();
    throw error;
  } finally {
    for (const client of clients) client.disconnect();
  }
  const masterOf = (key: string) => nodes[Math.floor(calculateSlot(key) / slots)];
  return { url: nodes.map(({ url }) => url).join(), nodes, masterOf, destroy };
}
