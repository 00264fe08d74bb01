import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { DEFAULT_TENANT_ID } from '../../../src/auth/principal';
import { systemClock } from '../../../src/common/clock';
import { AppConfig } from '../../../src/config/app-config';
import { DatabaseReads } from '../../../src/database/database-reads';
import { dataSourceOptions } from '../../../src/database/data-source';
import { type Queryable, ReadReplicas } from '../../../src/database/read-replicas';
import { Metrics } from '../../../src/observability/metrics';
import { indexStatement } from '../../../src/retrieval/search-plan';
import { Evergreen, eventually, temporaryFolder } from '../../support/evergreen';
import { startPostgres, startPostgresReplica, startRedis, type TestServer } from '../../support/services';
import { createTestDatabase } from '../../support/test-database';

const MOON = (year: number) => `The moon base opened in the year ${year}.`;
const QUESTION = 'In which year did the moon base open?';

describe('read replicas that stream, lag and die', () => {
  jest.setTimeout(180_000);
  const folder = temporaryFolder();
  const metrics = new Metrics();
  const servers: TestServer[] = [];
  let primary: TestServer;
  let near: TestServer;
  let far: TestServer;
  let service: Evergreen;
  let dataSource: DataSource;
  let replicas: ReadReplicas;
  let databaseName: string;
  let collectionId: string;

  beforeAll(async () => {
    const start = async (starting: Promise<TestServer>) => {
      const server = await starting;
      servers.push(server);
      return server;
    };
    primary = await start(startPostgres({ inRoot: true }));
    const database = await createTestDatabase({ serverUrl: primary.url });
    databaseName = database.name;
    near = await start(startPostgresReplica(primary));
    far = await start(startPostgresReplica(primary));
    const redisQueue = await start(startRedis({ role: 'queue' }));
    const env = {
      DATABASE_URL: database.url,
      DATABASE_REPLICA_URLS: [near, far].map(urlOf).join(','),
      REDIS_QUEUE_URL: redisQueue.url,
      AUTH: 'disabled',
      DATA_DIR: folder.path,
      SWEEP_INTERVAL_SECONDS: '1',
    };
    service = await Evergreen.start(env);
    const config = AppConfig.parse(env);
    dataSource = await new DataSource(dataSourceOptions(database.url, config)).initialize();
    replicas = new ReadReplicas(
      dataSource,
      config,
      systemClock,
      metrics,
      new DatabaseReads(config, systemClock),
    );

    await service.ingest([{ external_id: 'moon.md', content: MOON(2031) }]);
    [{ id: collectionId }] = await dataSource.query<{ id: string }[]>(
      `SELECT id FROM collection WHERE name = 'default'`,
    );
  });
  afterAll(async () => {
    await service?.kill();
    await replicas?.onApplicationShutdown();
    await dataSource?.destroy();
    await Promise.all(servers.map((server) => server.destroy()));
    folder.remove();
  });

  function urlOf(server: TestServer): string {
    const url = new URL(server.url);
    url.pathname = `/${databaseName}`;
    return url.href;
  }
  async function sqlOn<Row extends object>(
    server: TestServer,
    statement: string,
    parameters: unknown[] = [],
  ): Promise<Row[]> {
    const client = new Client({ connectionString: urlOf(server) });
    await client.connect();
    try {
      return (await client.query<Row>(statement, parameters)).rows;
    } finally {
      await client.end();
    }
  }
  const pause = (server: TestServer) => sqlOn(server, 'SELECT pg_wal_replay_pause()');
  const resume = (server: TestServer) => sqlOn(server, 'SELECT pg_wal_replay_resume()');

  async function epoch(): Promise<string> {
    const [row] = await dataSource.query<{ epoch: string }[]>(`SELECT epoch FROM collection WHERE id = $1`, [
      collectionId,
    ]);
    return row.epoch;
  }
  const portOf = async (database: Queryable) => {
    const [{ port }] = await database.query<{ port: string }>(`SELECT current_setting('port') AS port`, []);
    return Number(port);
  };
  /** What a question would be answered from, and on which port: two statements, as retrieval makes several. */
  const read = async (database: Queryable) => {
    const rows = await database.query<{ content: string }>(
      'SELECT content FROM chunk WHERE collection_id = $1 ORDER BY id',
      [collectionId],
    );
    return { texts: rows.map(({ content }) => content), port: await portOf(database) };
  };
  /** Reads several times at the current epoch. @returns the ports that were read from */
  async function readsAt(needed: string, text: string, times = 6): Promise<Set<number>> {
    const ports = new Set<number>();
    for (let i = 0; i < times; i++) {
      const { texts, port } = await replicas.run(collectionId, needed, read);
      expect(texts).toEqual([text]);
      ports.add(port);
    }
    return ports;
  }
  const becomesRead = (server: TestServer) =>
    eventually(
      async () =>
        (await replicas.run(collectionId, await epoch(), portOf)) === server.port ? true : undefined,
      'the replica to be read from',
    );
  const ask = async () => {
    const { status, body } = await service.request<{ response: string }>('POST', '/query', {
      query: QUESTION,
      user_id: 'alice',
    });
    expect(status).toBe(200);
    return body.response;
  };
  const found = async () => {
    const { status, body } = await service.request<{ passages: { content: string }[] }>('POST', '/search', {
      query: QUESTION,
    });
    expect(status).toBe(200);
    return body.passages.map(({ content }) => content);
  };
  /** How many connections of a server were last used, since then, for a statement of retrieval. */
  async function retrievalsOn(server: TestServer, sinceMs: number): Promise<number> {
    const [{ count }] = await sqlOn<{ count: number }>(
      server,
      `SELECT count(*)::integer AS count FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND query_start >= $1
         AND (query LIKE '%c.heading_path%' OR query LIKE '%AS nearest%' OR query LIKE '%FROM term_statistics%')`,
      [new Date(sinceMs)],
    );
    return count;
  }
  /** Which of the living servers the service reads passages from; several questions, so that each has its turn. */
  async function serversOfService(text: string, living = [primary, near, far]): Promise<Set<number>> {
    const startedMs = Date.now();
    for (let i = 0; i < 4; i++) expect(await found()).toEqual([text]);
    const ports = new Set<number>();
    for (const server of living) if ((await retrievalsOn(server, startedMs)) > 0) ports.add(server.port);
    return ports;
  }
  const publish = (year: number) => service.ingest([{ external_id: 'moon.md', content: MOON(year) }]);
  const degraded = async () =>
    /database_replica"\} (\d)/.exec(await metrics.registry.getSingleMetricAsString('rag_degraded'))?.[1];

  it('are read from in turn, and the primary is not', async () => {
    await becomesRead(near);
    await becomesRead(far);
    expect(await readsAt(await epoch(), MOON(2031))).toEqual(new Set([near.port, far.port]));
    expect(await ask()).toContain('2031');
    expect(await serversOfService(MOON(2031))).toEqual(new Set([near.port, far.port]));
  });

  it('walk the vector index with the settings of the question', async () => {
    const space = { table: 'chunk_embedding_1', storage: 'vector', dimensions: 512 } as const;
    const request = {
      tenantId: DEFAULT_TENANT_ID,
      collectionId,
      epoch: null,
      principals: [],
      filter: {},
      topK: 5,
    };
    const scan = { efSearch: 123, maxScanTuples: 20_000 };
    const { text, values } = indexStatement(space, new Float32Array(512).fill(0.1), request, 5, scan);
    expect(await sqlOn(near, text, values)).toHaveLength(1);
  });

  it('are passed over while they lag, one and then both', async () => {
    await pause(near);
    const before = await epoch();
    await publish(2032);
    const after = await epoch();
    expect(BigInt(after)).toBeGreaterThan(BigInt(before));
    await becomesRead(far);
    expect(await readsAt(after, MOON(2032))).toEqual(new Set([far.port]));
    expect(await serversOfService(MOON(2032))).toEqual(new Set([far.port]));
    expect(await ask()).toContain('2032');

    await pause(far);
    await publish(2033);
    expect(await serversOfService(MOON(2033))).toEqual(new Set([primary.port]));
    expect(await readsAt(await epoch(), MOON(2033))).toEqual(new Set([primary.port]));
    expect(await ask()).toContain('2033');
    // Lagging is not being down.
    expect(await degraded()).toBe('0');

    await Promise.all([resume(near), resume(far)]);
    await becomesRead(near);
    await becomesRead(far);
    expect(await readsAt(await epoch(), MOON(2033))).toEqual(new Set([near.port, far.port]));
  });

  it('never show a state older than the epoch, while changes rain and replay stops and goes', async () => {
    let isOver = false;
    const ports = new Map<number, number>();
    const reader = async () => {
      while (!isOver) {
        const needed = await epoch();
        await replicas.run(collectionId, needed, async (database) => {
          const [row] = await database.query<{ epoch: string; note: string }>(
            `SELECT epoch, settings ->> 'description' AS note FROM collection WHERE id = $1`,
            [collectionId],
          );
          const port = await portOf(database);
          ports.set(port, (ports.get(port) ?? 0) + 1);
          expect(BigInt(row.epoch)).toBeGreaterThanOrEqual(BigInt(needed));
        });
      }
    };
    const writer = async () => {
      for (let i = 0; i < 60; i++) {
        if (i % 20 === 5) await pause(near);
        if (i % 20 === 10) await pause(far);
        if (i % 20 === 15) await Promise.all([resume(near), resume(far)]);
        await dataSource.query(
          `UPDATE collection SET epoch = epoch + 1, settings = jsonb_build_object('description', epoch + 1)
           WHERE id = $1`,
          [collectionId],
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      isOver = true;
    };
    await Promise.all([writer().finally(() => (isOver = true)), reader(), reader(), reader()]);
    expect([...ports.keys()].sort()).toEqual([primary.port, near.port, far.port].sort());
  });

  it('are left when they die in the middle of a statement: the primary answers it', async () => {
    await becomesRead(near);
    await becomesRead(far);
    const needed = await epoch();
    const asked: number[] = [];
    const slow = replicas.run(collectionId, needed, async (database) => {
      const port = await portOf(database);
      asked.push(port);
      if (port === primary.port) return port;
      setTimeout(() => void (port === near.port ? near : far).kill(), 200);
      await database.query('SELECT pg_sleep(2.5)', []);
      return port;
    });
    expect(await slow).toBe(primary.port);
    expect(asked).toHaveLength(2);
    expect(await degraded()).toBe('1');
    const [dead, alive] = asked[0] === near.port ? [near, far] : [far, near];
    expect(await readsAt(needed, MOON(2033))).toEqual(new Set([alive.port]));
    expect(await ask()).toContain('2033');

    await publish(2034);
    await dead.start();
    await becomesRead(dead);
    await becomesRead(alive);
    expect(await degraded()).toBe('0');
    expect(await readsAt(await epoch(), MOON(2034))).toEqual(new Set([near.port, far.port]));
  });

  it('are killed under a rain of questions, none of which fails', async () => {
    let isOver = false;
    let answered = 0;
    const asker = async () => {
      while (!isOver) {
        const { status, body } = await service.request<{ response: string }>('POST', '/query', {
          query: QUESTION,
          user_id: 'alice',
          cache: 'bypass',
        });
        expect(status).toBe(200);
        expect(body.response).toContain('2034');
        answered++;
      }
    };
    const answers = async (more: number) => {
      const enough = answered + more;
      await eventually(() => Promise.resolve(answered >= enough || undefined), 'answers');
    };
    const killer = async () => {
      for (const server of [near, far]) {
        await answers(20);
        await server.kill();
      }
      await answers(20);
    };
    await Promise.all([killer().finally(() => (isOver = true)), asker(), asker(), asker()]);
    expect(await serversOfService(MOON(2034), [primary])).toEqual(new Set([primary.port]));
    await Promise.all([near.start(), far.start()]);
    await eventually(
      async () => ((await serversOfService(MOON(2034))).has(primary.port) ? undefined : true),
      'the service to read from the replicas again',
    );
  });

  it('cost one short wait when they freeze, then nothing', async () => {
    await becomesRead(near);
    near.freeze();
    far.freeze();
    try {
      await publish(2035);
      const needed = await epoch();
      expect(await readsAt(needed, MOON(2035), 2)).toEqual(new Set([primary.port]));
      const startedMs = performance.now();
      expect(await readsAt(needed, MOON(2035), 10)).toEqual(new Set([primary.port]));
      expect(performance.now() - startedMs).toBeLessThan(1000);
      expect(await ask()).toContain('2035');
    } finally {
      near.thaw();
      far.thaw();
    }
    await becomesRead(near);
    await becomesRead(far);
  });
});
