import { Registry } from 'prom-client';
import { Metrics } from '../../src/observability/metrics';
import { CacheRedis } from '../../src/redis/cache-redis';
import type { RedisClient } from '../../src/redis/redis-client';
import { cacheFailureOf } from '../../src/redis/redis-failure';
import { RedisScript } from '../../src/redis/redis-script';
import { startRedis, type TestServer } from '../support/services';
import { LogLines } from './caches/log-lines';
import { reaches } from './caches/test-redis';

jest.setTimeout(30_000);

/** A private server: these tests stop, freeze and starve it. */
let server: TestServer;
let redis: CacheRedis;
let metrics: Metrics;
let log: LogLines;
/** How many calls got as far as the client. */
let sent = 0;

const TIMEOUT_MS = 50;
const ping = (client: RedisClient) => (sent++, client.ping());
const failure = async (call: Promise<unknown>) =>
  call.then(
    () => 'worked',
    (error: unknown) => cacheFailureOf(error) ?? error,
  );
const degraded = async () => (await metrics.degraded.get()).values.map(({ value }) => value);
const open = async (url: string | null) => {
  redis = new CacheRedis({ url, timeoutMs: TIMEOUT_MS }, metrics);
  await redis.start();
};

beforeAll(async () => {
  server = await startRedis({ role: 'cache' });
});
afterAll(async () => {
  await server.destroy();
});
beforeEach(async () => {
  metrics = new Metrics(new Registry());
  log = new LogLines(CacheRedis.name).install();
  sent = 0;
  await server.start();
});
afterEach(() => redis.close());

it('says that none is configured', async () => {
  await open(null);
  expect([redis.configured, redis.state, redis.degraded]).toEqual([false, 'absent', false]);
  expect(await failure(redis.run('test', ping))).toBe('absent');
  expect(log.lines).toEqual([]);
});

it('serves, and says so once', async () => {
  await open(server.url);
  expect(await redis.run('test', ping)).toBe('PONG');
  expect([redis.state, await degraded()]).toEqual(['up', [0]]);
  expect(log.lines).toEqual(['INFO The caches’ Redis answers.']);
});

it('tells a wrong command and a fault of the caller from a server that is away', async () => {
  await open(server.url);
  for (let i = 0; i < 5; i++) expect(await failure(redis.run('test', (c) => c.call('NOSUCH')))).toBe('error');
  const fault = new TypeError('a bug');
  expect(await failure(redis.run('test', () => Promise.reject(fault)))).toBe(fault);
  expect(redis.state).toBe('up');
});

it('starts without a server, and finds it when it comes', async () => {
  await server.stop();
  await open(server.url);
  expect([redis.state, await degraded()]).toEqual(['down', [1]]);
  expect(await failure(redis.run('test', ping))).toBe('unavailable');
  expect(sent).toBe(0);
  await server.start();
  await reaches(redis, 'up');
  expect(await redis.run('test', ping)).toBe('PONG');
  expect(await degraded()).toEqual([0]);
  expect(log.lines).toEqual([
    expect.stringMatching(/^WARN .* does not answer \(.*ECONNREFUSED/),
    'INFO The caches’ Redis answers.',
  ]);
});

it('starts with a frozen server, and finds it when it thaws', async () => {
  server.freeze();
  await open(server.url);
  expect(redis.state).toBe('down');
  expect(await failure(redis.run('test', ping))).toBe('unavailable');
  server.thaw();
  await reaches(redis, 'up');
  expect(await redis.run('test', ping)).toBe('PONG');
  expect(log.lines).toHaveLength(2);
});

it('asks a server that freezes a few times only, and finds it when it thaws', async () => {
  await open(server.url);
  server.freeze();
  const failures: unknown[] = [];
  for (let i = 0; i < 100; i++) failures.push(await failure(redis.run('test', ping)));
  expect(sent).toBeLessThanOrEqual(3);
  expect(failures.slice(0, sent)).toEqual(Array(sent).fill('timeout'));
  expect(new Set(failures.slice(sent))).toEqual(new Set(['unavailable']));
  expect([redis.state, await degraded()]).toEqual(['down', [1]]);
  server.thaw();
  await reaches(redis, 'up');
  expect(await redis.run('test', ping)).toBe('PONG');
  expect(log.lines).toEqual([
    'INFO The caches’ Redis answers.',
    expect.stringMatching(/^WARN .* does not answer \(test got no answer within 50 ms\)/),
    'INFO The caches’ Redis answers.',
  ]);
});

it('survives a freeze that outlasts the connection', async () => {
  await open(server.url);
  const client = await redis.run('test', (c) => Promise.resolve({ events: c }));
  server.freeze();
  const closed = new Promise((resolve) => client.events.once('close', resolve));
  for (let i = 0; i < 5; i++) await failure(redis.run('test', ping));
  await closed;
  expect(redis.state).toBe('down');
  server.thaw();
  await reaches(redis, 'up');
  expect(await redis.run('test', ping)).toBe('PONG');
  expect(log.lines).toHaveLength(3);
});

it('fails calls under way when the server is killed, and finds it when it is back', async () => {
  await open(server.url);
  const down = reaches(redis, 'down');
  const underWay = failure(redis.run('test', (c) => c.blpop('never', 0), 10_000));
  await server.kill();
  expect(await underWay).toBe('unavailable');
  await down;
  await server.start();
  await reaches(redis, 'up');
  expect(await redis.run('test', ping)).toBe('PONG');
});

it('sends a script again to a server that has lost it', async () => {
  const script = new RedisScript('return {KEYS[1], ARGV[1]}');
  await open(server.url);
  for (let i = 0; i < 2; i++) {
    const run = redis.run('test', (client) => script.run(client, ['k'], ['ä']));
    expect(await run).toEqual(['k', 'ä']);
  }
  await redis.run('test', (client) => client.script('FLUSH'));
  expect(await redis.run('test', (client) => script.run(client, ['k'], [1]))).toEqual(['k', '1']);
});

describe('a server that takes no writes', () => {
  const set = (client: RedisClient) => client.set('key', 'value');
  const configure = (...args: [string, ...string[]]) => redis.run('test', (client) => client.call(...args));

  it.each<{ name: string; refuse: [string, ...string[]][]; accept: [string, ...string[]] }>([
    {
      name: 'is out of memory',
      refuse: [
        ['CONFIG', 'SET', 'maxmemory-policy', 'noeviction'],
        ['CONFIG', 'SET', 'maxmemory', '1'],
      ],
      accept: ['CONFIG', 'SET', 'maxmemory', '0'],
    },
    { name: 'is a replica', refuse: [['REPLICAOF', '127.0.0.1', '1']], accept: ['REPLICAOF', 'NO', 'ONE'] },
  ])('still serves reads when it $name, and writes once it can', async ({ refuse, accept }) => {
    await open(server.url);
    await redis.run('test', set);
    for (const command of refuse) await configure(...command);
    for (let i = 0; i < 5; i++) {
      expect(await failure(redis.run('test', set))).toBe('write-refused');
      expect(await redis.run('test', (client) => client.get('key'))).toBe('value');
    }
    expect([redis.state, redis.degraded, await degraded()]).toEqual(['read-only', true, [1]]);
    await configure(...accept);
    await reaches(redis, 'up');
    await redis.run('test', set);
    expect(await degraded()).toEqual([0]);
    expect(log.lines).toEqual([
      'INFO The caches’ Redis answers.',
      expect.stringMatching(/^WARN .* takes no writes \((OOM|READONLY) /),
      'INFO The caches’ Redis answers.',
    ]);
  });
});
