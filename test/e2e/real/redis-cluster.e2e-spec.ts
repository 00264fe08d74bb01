import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { tenantKey } from '../../../src/redis/redis-keys';
import { type Evergreen, eventually } from '../../support/evergreen';
import { startRedisCluster, type TestCluster } from '../../support/services';
import { type TestBackend, testBackend } from '../../support/test-backend';

const TENANT = '00000000-0000-0000-0000-000000000000';
const QUESTIONS = Array.from({ length: 20 }, (_, i) => `How many bricks has the tower of district ${i}?`);

interface Answer {
  response: string;
  cache_hit: boolean;
}

describe('failover of a Redis Cluster of three masters and three replicas', () => {
  jest.setTimeout(120_000);
  let backend: TestBackend;
  let cluster: TestCluster;
  let service: Evergreen;

  const ask = (query: string) => service.request<Answer>('POST', '/query', { query, user_id: 'alice' });

  beforeAll(async () => {
    [backend, cluster] = await Promise.all([testBackend(), startRedisCluster(3, 1)]);
    service = await backend.start({ REDIS_CACHE_URL: cluster.url });
    await service.ingest(
      QUESTIONS.map((_, i) => ({
        external_id: `tower-${i}.md`,
        content: `The tower of district ${i} has ${1000 + i} bricks.`,
      })),
    );
  });
  afterAll(async () => {
    await backend.destroy();
    await cluster.destroy();
  });

  it('keeps answering while the master of the tenant dies, and hits again once its replica has taken over', async () => {
    for (const question of QUESTIONS) await ask(question);
    expect((await ask(QUESTIONS[0])).body.cache_hit).toBe(true);

    const master = cluster.masterOf(tenantKey(TENANT, 'any'));
    const statuses: number[] = [];
    const wrong: string[] = [];
    let stop = false;
    const client = async (first: number) => {
      for (let n = first; !stop; n++) {
        const i = n % QUESTIONS.length;
        const { status, body } = await ask(QUESTIONS[i]);
        statuses.push(status);
        if (status === 200 && !body.response.includes(String(1000 + i))) wrong.push(body.response);
        await delay(20);
      }
    };
    const clients = [0, 5, 10, 15].map(client);
    await delay(500);
    await master.kill();
    await eventually(
      async () => ((await ask(QUESTIONS[0])).body.cache_hit ? true : undefined),
      'a hit after the failover',
      30_000,
    );
    await delay(1_000);
    stop = true;
    await Promise.all(clients);
    expect(wrong).toEqual([]);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(statuses.length).toBeGreaterThan(50);

    // It was a failover indeed: the slots of the dead master are served by a node that was a replica.
    const survivor = new Redis(cluster.nodes.find((node) => node !== master)!.url);
    const nodes = String(await survivor.cluster('NODES'));
    survivor.disconnect();
    const masters = nodes.split('\n').filter((line) => /master/.test(line) && !/fail/.test(line));
    expect(masters).toHaveLength(3);
    expect(masters.some((line) => line.includes(`:${master.port}@`))).toBe(false);
    expect(await service.metric('rag_degraded', { dependency: 'redis_cache' })).toBe(0);
  });
});
