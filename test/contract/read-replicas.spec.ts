import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { newId } from '../../src/common/ids';
import { AppConfig } from '../../src/config/app-config';
import { DatabaseReads } from '../../src/database/database-reads';
import { dataSourceOptions } from '../../src/database/data-source';
import { type Queryable, ReadReplicas } from '../../src/database/read-replicas';
import { Metrics } from '../../src/observability/metrics';
import { eventually } from '../support/evergreen';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const TENANT = '00000000-0000-0000-0000-000000000000';
jest.setTimeout(60_000);

/** Databases of one server stand for the primary and its replicas: their epochs are set by hand. */
describe('read replicas', () => {
  const collectionId = newId();
  const clock = { now: 1_000_000, nowMs: () => clock.now };
  const databases: TestDatabase[] = [];
  const clients: Client[] = [];
  const opened: ReadReplicas[] = [];
  let primary: DataSource;
  let metrics: Metrics;

  beforeAll(async () => {
    for (let i = 0; i < 3; i++) {
      databases.push(await createTestDatabase());
      clients.push(new Client({ connectionString: databases[i].url }));
      await clients[i].connect();
      await clients[i].query(
        `INSERT INTO collection (id, tenant_id, name, epoch) VALUES ($1, $2, 'all', 5)`,
        [collectionId, TENANT],
      );
    }
    primary = await new DataSource(dataSourceOptions(databases[0].url, configOf([]))).initialize();
  });
  beforeEach(async () => {
    metrics = new Metrics();
    for (let i = 0; i < 3; i++) await setEpoch(i, 5);
  });
  afterEach(() => Promise.all(opened.splice(0).map((replicas) => replicas.onApplicationShutdown())));
  afterAll(async () => {
    await primary?.destroy();
    await Promise.all(clients.map((client) => client.end()));
    await Promise.all(databases.map((database) => database.drop()));
  });

  function configOf(replicaUrls: string[]): AppConfig {
    return AppConfig.parse({
      DATABASE_URL: databases[0].url,
      DATABASE_REPLICA_URLS: replicaUrls.join(','),
      DATABASE_POOL_SIZE: '2',
    });
  }
  function open(...urls: string[]): ReadReplicas {
    const replicas = new ReadReplicas(
      primary,
      configOf(urls),
      clock,
      metrics,
      new DatabaseReads(configOf(urls), clock),
    );
    opened.push(replicas);
    return replicas;
  }
  const setEpoch = (database: number, epoch: number) =>
    clients[database].query('UPDATE collection SET epoch = $2 WHERE id = $1', [collectionId, epoch]);
  /** 0 is the primary. */
  const serverOf = async (database: Queryable) => {
    const [{ name }] = await database.query<{ name: string }>('SELECT current_database() AS name', []);
    return databases.findIndex((one) => one.name === name);
  };
  const readFrom = (replicas: ReadReplicas, epoch: string | null) =>
    replicas.run(collectionId, epoch, serverOf);
  const becomesReadable = (replicas: ReadReplicas) =>
    eventually(
      async () => ((await readFrom(replicas, '5')) === 1 ? true : undefined),
      'the replica to be read',
    );
  const degraded = async () => {
    const text = await metrics.registry.getSingleMetricAsString('rag_degraded');
    return /database_replica"\} (\d)/.exec(text)?.[1];
  };

  it('reads from the primary where there are none, and says nothing of them', async () => {
    expect(await readFrom(open(), '5')).toBe(0);
    expect(await degraded()).toBeUndefined();
  });

  it('takes turns among those that have replayed the epoch', async () => {
    const replicas = open(databases[1].url, databases[2].url);
    const servers = [];
    for (let i = 0; i < 4; i++) servers.push(await readFrom(replicas, '5'));
    expect(servers).toEqual([1, 2, 1, 2]);
    expect(await degraded()).toBe('0');
  });

  it('passes over one that lags, and over all if all lag', async () => {
    const replicas = open(databases[1].url, databases[2].url);
    await setEpoch(2, 6);
    for (let i = 0; i < 3; i++) expect(await readFrom(replicas, '6')).toBe(2);
    expect(await readFrom(replicas, '7')).toBe(0);
    await setEpoch(1, 7);
    expect(await readFrom(replicas, '7')).toBe(1);
    expect(await degraded()).toBe('0');
  });

  it('compares epochs as numbers', async () => {
    const replicas = open(databases[1].url);
    await setEpoch(1, 9);
    expect(await readFrom(replicas, '10')).toBe(0);
    await setEpoch(1, 10);
    expect(await readFrom(replicas, '9')).toBe(1);
  });

  it('reads from the primary where the replica does not know the collection, or nobody knows the epoch', async () => {
    const replicas = open(databases[1].url);
    expect(await replicas.run(newId(), '0', serverOf)).toBe(0);
    expect(await readFrom(replicas, null)).toBe(0);
  });

  it('asks for the epoch once, and again on a new connection: the replica may be another one by then', async () => {
    const replicas = open(databases[1].url);
    expect(await readFrom(replicas, '5')).toBe(1);
    // What was seen on a connection holds on it, whatever the table says now.
    await setEpoch(1, 4);
    expect(await readFrom(replicas, '5')).toBe(1);
    await clients[0].query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> ALL($2)',
      [databases[1].name, await backendsOf(clients[1])],
    );
    for (let i = 0; i < 5; i++) {
      clock.now += 60_000;
      expect(await readFrom(replicas, '5')).toBe(0);
    }
    await setEpoch(1, 5);
    await becomesReadable(replicas);
  });

  it('runs everything again on the primary when a replica fails in the middle', async () => {
    const replicas = open(databases[1].url);
    await clients[1].query('DROP TABLE document_version');
    const servers: number[] = [];
    const documents = await replicas.run(collectionId, '5', async (database) => {
      servers.push(await serverOf(database));
      return database.query('SELECT 1 FROM document_version', []);
    });
    expect(documents).toEqual([]);
    expect(servers).toEqual([1, 0]);
    // A statement that fails says nothing of the server.
    expect(await readFrom(replicas, '5')).toBe(1);
    expect(await degraded()).toBe('0');
  });

  it('throws what the reader throws, without a second try', async () => {
    const replicas = open(databases[1].url);
    let tries = 0;
    const broken = replicas.run(collectionId, '5', async (database) => {
      tries++;
      await serverOf(database);
      throw new Error('of the reader');
    });
    await expect(broken).rejects.toThrow('of the reader');
    expect(tries).toBe(1);
  });

  it('throws what the primary says of a wrong statement', async () => {
    const wrong = open(databases[1].url).run(collectionId, '5', (db) => db.query('SELECT nonsense', []));
    await expect(wrong).rejects.toMatchObject({ code: '42703' });
  });

  it('leaves a replica that is down alone for a while, then tries it beside the requests', async () => {
    const gate = await Gate.open(databases[1].url);
    const replicas = open(gate.url);
    expect(await readFrom(replicas, '5')).toBe(1);

    await gate.shut();
    expect(await readFrom(replicas, '5')).toBe(0);
    expect(await degraded()).toBe('1');
    await gate.reopen();
    expect(await readFrom(replicas, '5')).toBe(0);

    clock.now += 60_000;
    await becomesReadable(replicas);
    expect(await degraded()).toBe('0');
    await gate.shut();
  });
});

async function backendsOf(client: Client): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows.map(({ pid }) => pid);
}

/** A door before a server, which can be shut and opened again. */
class Gate {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly target: URL,
    private readonly server: Server,
    private readonly port: number,
  ) {
    server.on('connection', (socket) => {
      const inner = connect(Number(target.port), target.hostname);
      for (const end of [socket, inner]) {
        this.sockets.add(end);
        end.on('error', () => undefined).on('close', () => this.sockets.delete(end));
      }
      socket.pipe(inner).pipe(socket);
    });
  }

  static async open(targetUrl: string): Promise<Gate> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Gate(new URL(targetUrl), server, (server.address() as AddressInfo).port);
  }

  /** The server's URL, through the door. */
  get url(): string {
    const url = new URL(this.target);
    url.port = String(this.port);
    return url.href;
  }

  /** Cuts all connections and lets nobody in. */
  shut(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  reopen(): Promise<void> {
    return new Promise((resolve) => this.server.listen(this.port, '127.0.0.1', () => resolve()));
  }
}
