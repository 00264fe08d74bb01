import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** A client of one server or of a cluster; both speak the same commands. */
export type RedisClient = Redis | Cluster;

/** How long to wait between two attempts to connect, at most; attempts never end. */
const MAX_RECONNECT_DELAY_MS = 1_000;

/**
 * A client that fails at once where it cannot work: it keeps no queue of commands while it is not connected, repeats
 * none, and gives up a connection on which nothing arrives. It is not connected yet; it reconnects for ever.
 * @param url one `redis://` or `rediss://` URL, or several separated by commas: nodes of one cluster
 * @param silenceMs a connection without any answer to a command for this long is closed
 */
export function createRedisClient(url: string, silenceMs: number): RedisClient {
  const retryStrategy = (attempts: number) =>
    Math.min(50 * 2 ** Math.min(attempts, 10), MAX_RECONNECT_DELAY_MS);
  const options: RedisOptions = {
    connectTimeout: silenceMs,
    socketTimeout: silenceMs,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectionName: 'evergreen-cache',
  };
  const urls = url
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (urls.length === 1)
    return new Redis(urls[0], {
      ...options,
      lazyConnect: true,
      enableOfflineQueue: false,
      // What concurrent requests ask in one tick of the event loop goes out in one write. Not in a cluster: the client
      // does not learn of moved slots from pipelines.
      enableAutoPipelining: true,
      retryStrategy,
    });

  const [first] = urls.map((part) => new URL(part));
  return new Cluster(urls, {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryStrategy,
    clusterNodeRetryStrategy: retryStrategy,
    redisOptions: {
      ...options,
      username: decodeURIComponent(first.username) || undefined,
      password: decodeURIComponent(first.password) || undefined,
      tls: first.protocol === 'rediss:' ? {} : undefined,
    },
  });
}

/** The number of the database that a client uses; a cluster has only 0. */
export function databaseOf(client: RedisClient): number {
  return client instanceof Cluster ? 0 : (client.options?.db ?? 0);
}

/** The values of a pipeline's results. @throws the first error among them, or if the pipeline was dropped */
export function pipelineValues(results: [Error | null, unknown][] | null): unknown[] {
  if (results === null) throw new Error('the pipeline was dropped');
  return results.map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}
