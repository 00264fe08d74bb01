/** Settings of the servers, for every backend; `docker/compose.services.yaml` has the same. */

/** Small memory, many connections; `fsync` and `synchronous_commit` keep their safe defaults. */
const POSTGRES_SETTINGS = {
  max_connections: '200',
  shared_buffers: '64MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '256MB',
  jit: 'off',
  timezone: 'UTC',
};

/** The caches may lose anything and must evict; the queue must do neither. */
const REDIS_SETTINGS = {
  cache: ['--maxmemory', '256mb', '--maxmemory-policy', 'allkeys-lru'],
  queue: ['--maxmemory-policy', 'noeviction'],
};

/** The arguments of a Redis server of this role; persistence is an append-only file, or none at all. */
function redisArguments({ role, persistent, clusterPort }) {
  // A replica takes over after about two node timeouts. The default of 15 s is for real networks.
  const cluster = clusterPort
    ? ['--cluster-enabled', 'yes', '--cluster-port', String(clusterPort), '--cluster-node-timeout', '1000']
    : [];
  return [...REDIS_SETTINGS[role], '--save', '', '--appendonly', persistent ? 'yes' : 'no', ...cluster];
}

/** The arguments of a Postgres server. */
function postgresArguments() {
  return Object.entries(POSTGRES_SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * The configuration of PgBouncer in transaction mode, with four server connections and without prepared statements, to reveal
 * every dependency on session state.
 */
function pgbouncerConfiguration(port, postgresPort, usersFile) {
  return [
    '[databases]',
    `* = host=127.0.0.1 port=${postgresPort}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${usersFile}`,
    'admin_users = evergreen',
    'pool_mode = transaction',
    'default_pool_size = 4',
    'max_client_conn = 500',
    'max_prepared_statements = 0',
    '',
  ].join('\n');
}

/** User, password and database are fixed, because the servers listen on loopback only. */
function urlOf(kind, port) {
  if (kind === 'prometheus') return `http://127.0.0.1:${port}`;
  if (kind !== 'redis') return `postgres://evergreen:evergreen@127.0.0.1:${port}/evergreen`;
  return `redis://127.0.0.1:${port}`;
}

/** The three servers of a checkout, and the environment variable that names each. */
const SHARED_SERVERS = [
  { name: 'postgres', kind: 'postgres', variable: 'DATABASE_URL' },
  { name: 'redis-cache', kind: 'redis', role: 'cache', persistent: false, variable: 'REDIS_CACHE_URL' },
  { name: 'redis-queue', kind: 'redis', role: 'queue', persistent: true, variable: 'REDIS_QUEUE_URL' },
];

module.exports = { SHARED_SERVERS, pgbouncerConfiguration, postgresArguments, redisArguments, urlOf };
