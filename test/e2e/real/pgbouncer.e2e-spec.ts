import { Client } from 'pg';
import { migrate } from '../../../src/database/migrate';
import { eventually } from '../../support/evergreen';
import { startPgBouncer, startPostgres, startRedis, type TestServer } from '../../support/services';
import { testBackend } from '../../support/test-backend';
import { createTestDatabase } from '../../support/test-database';
// The same suites as on a Postgres without anything before it.
import '../main-way.e2e-spec';
import '../ingestion.e2e-spec';
import '../restart.e2e-spec';

/** Connections that PgBouncer keeps to a database, whoever asks. */
const SHARED_CONNECTIONS = 4;
const servers: TestServer[] = [];
let postgres: TestServer;
let bouncer: TestServer;
const environment = { ...process.env };

// Before the suites below: their backend takes the servers that the environment names.
beforeAll(async () => {
  const started = await Promise.all([
    startPostgres({ inRoot: true }),
    startRedis({ role: 'cache' }),
    startRedis({ role: 'queue' }),
  ]);
  servers.push(...started);
  postgres = started[0];
  bouncer = await startPgBouncer(postgres);
  servers.push(bouncer);
  process.env.DATABASE_URL = bouncer.url;
  process.env.REDIS_CACHE_URL = started[1].url;
  process.env.REDIS_QUEUE_URL = started[2].url;
  // Makes the template on a connection of its own: nothing may be connected to a database that is copied.
  await (await createTestDatabase({ serverUrl: postgres.url })).drop();
}, 120_000);

afterAll(async () => {
  process.env = environment;
  await Promise.all(servers.map((server) => server.destroy()));
}, 60_000);

describe('through PgBouncer, which hands out connections per transaction', () => {
  jest.setTimeout(120_000);

  it('migrates, several processes at once, and leaves no lock behind', async () => {
    const database = await createTestDatabase({ serverUrl: postgres.url, template: 'template0' });
    const through = throughBouncer(database.url);
    const applied = await Promise.all([migrate(through), migrate(through), migrate(through)]);
    expect(applied.filter(({ length }) => length > 0)).toHaveLength(1);
    expect(await migrate(through)).toEqual([]);
    await withClient(postgres.url, async (client) => {
      const { rows } = await client.query(`SELECT pid FROM pg_locks WHERE locktype = 'advisory'`);
      expect(rows).toEqual([]);
    });
    await database.drop();
  });

  it('leaves nothing in the connections that others get next, and finds them again after a crash', async () => {
    const backend = await testBackend();
    const service = await backend.start();
    const ask = (query: string) =>
      service.request<{ response: string }>('POST', '/query', { query, user_id: 'alice', cache: 'bypass' });
    try {
      await service.ingest([
        { external_id: 'moon.md', content: 'The moon base opened in the year 2031.', acl: ['user:alice'] },
      ]);
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, i) => ask(`In which year did moon base ${i} open?`)),
      );
      expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));

      const direct = new URL(backend.env.DATABASE_URL);
      direct.port = String(postgres.port);
      const [fresh] = await statesOf(direct.href, 1);
      const used = await statesOf(backend.env.DATABASE_URL, SHARED_CONNECTIONS);
      expect(used).toEqual(used.map(() => fresh));

      await bouncer.kill();
      expect((await ask('When did the moon base open?')).status).toBe(503);
      await bouncer.start();
      const reply = await eventually(async () => {
        const answer = await ask('In which year did the moon base open?');
        return answer.status === 200 ? answer : undefined;
      }, 'the service to recover');
      expect(reply.body.response).toContain('2031');
    } finally {
      await backend.destroy();
    }
  });
});

function throughBouncer(url: string): string {
  const through = new URL(url);
  through.port = String(bouncer.port);
  return through.href;
}

/** What a session remembers, of as many server connections at once as there are. */
async function statesOf(url: string, connections: number): Promise<unknown[]> {
  const clients = Array.from({ length: connections }, () => new Client({ connectionString: url }));
  await Promise.all(clients.map((client) => client.connect()));
  try {
    // Open transactions keep the connections apart.
    await Promise.all(clients.map((client) => client.query('BEGIN')));
    const backends = await Promise.all(
      clients.map((client) => client.query('SELECT pg_backend_pid() AS pid')),
    );
    expect(new Set(backends.map(({ rows }) => (rows as { pid: number }[])[0].pid)).size).toBe(connections);
    const states = await Promise.all(
      clients.map((client) =>
        client.query(
          `SELECT current_setting('search_path') AS search_path,
                  current_setting('statement_timeout') AS statement_timeout,
                  current_setting('default_transaction_read_only') AS read_only,
                  coalesce(nullif(current_setting('hnsw.ef_search', true), ''), '40') AS ef_search,
                  coalesce(nullif(current_setting('hnsw.iterative_scan', true), ''), 'off') AS iterative_scan,
                  (SELECT count(*) FROM pg_prepared_statements) AS prepared,
                  (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
                  (SELECT count(*) FROM pg_listening_channels()) AS channels`,
        ),
      ),
    );
    return states.map(({ rows }) => (rows as unknown[])[0]);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function withClient(url: string, action: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await action(client);
  } finally {
    await client.end();
  }
}
