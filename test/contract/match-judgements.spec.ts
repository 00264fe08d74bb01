import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions } from '../../src/database/data-source';
import { Metrics } from '../../src/observability/metrics';
import {
  MatchJudgements,
  type MatchJudgement,
  MAX_PER_TENANT,
  pairOf,
} from '../../src/semantic-cache/match-judgements';
import { MatchLearning } from '../../src/semantic-cache/match-learning';
import { type ContractDatabase, MIGRATED_DATABASES } from '../support/contract-database';
import { MovableClock } from './caches/movable-clock';

const SPACE_ID = 7;
const DAY_SECONDS = 86_400;

describe.each(MIGRATED_DATABASES)('judgements of matches on %s', (_name, open) => {
  jest.setTimeout(120_000);
  let database: ContractDatabase;
  let dataSource: DataSource;
  let judgements: MatchJudgements;
  let clock: MovableClock;
  let tenantId: string;

  beforeAll(async () => {
    database = await open();
    dataSource = await new DataSource(dataSourceOptions(database.url, AppConfig.parse({}))).initialize();
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.close();
  });
  const newTenant = async () => {
    const id = randomUUID();
    await dataSource.query(`INSERT INTO tenant (id, name) VALUES ($1, $2)`, [id, id]);
    return id;
  };
  beforeEach(async () => {
    clock = new MovableClock();
    judgements = new MatchJudgements(dataSource, clock);
    tenantId = await newTenant();
  });

  const judged = (a: string, same: boolean, changes: Partial<MatchJudgement> = {}) =>
    judgements.record(tenantId, {
      pair: pairOf(a, 'stored?'),
      source: 'judge',
      same,
      spaceId: SPACE_ID,
      logit: 1.5,
      wasServed: false,
      ...changes,
    });
  const verdictsOn = async (tenant: string, ...asked: string[]) => {
    const pairs = asked.map((question) => pairOf('stored?', question));
    const found = await judgements.verdictsOn(tenant, pairs);
    return pairs.map((pair) => found.get(pair));
  };

  it('knows what was said of a pair, in either order and however it is spelt, of this tenant alone', async () => {
    await judged('asked?', true);
    await judged('Asked', false);
    await judged('other?', false, { source: 'feedback', spaceId: null, logit: null });
    expect(await verdictsOn(tenantId, 'asked?', 'other?', 'third?')).toEqual([
      { same: 1, different: 1, reported: false },
      { same: 0, different: 0, reported: true },
      undefined,
    ]);
    expect(await verdictsOn(await newTenant(), 'asked?')).toEqual([undefined]);
  });

  it('counts served answers, and pairs that were judged twice, of the last 30 days', async () => {
    await judged('1?', true, { wasServed: true });
    await judged('2?', false, { wasServed: true });
    await judged('3?', true);
    await judged('3?', true);
    await judged('4?', true);
    await judged('4?', false);
    const counts = { judged: 2, calledDifferent: 1, repeats: 2, agreements: 1 };
    expect(await judgements.counts(tenantId, null)).toEqual(counts);
    expect(await judgements.counts(tenantId, SPACE_ID)).toEqual(counts);
    expect((await judgements.counts(tenantId, SPACE_ID + 1)).judged).toBe(0);
    expect(await judgements.labels(tenantId, SPACE_ID)).toHaveLength(6);
    clock.advanceSeconds(31 * DAY_SECONDS);
    expect((await judgements.counts(tenantId, null)).judged).toBe(0);
    expect(await judgements.labels(tenantId, SPACE_ID)).toEqual([]);
  });

  it('forgets a judgement after 90 days, and deletes it with the next one', async () => {
    await judged('asked?', false);
    clock.advanceSeconds(90 * DAY_SECONDS + 1);
    expect(await verdictsOn(tenantId, 'asked?')).toEqual([undefined]);
    await judged('other?', true);
    expect(await rows()).toBe(1);
  });

  it('keeps the latest of a tenant, and the latest verdicts on a pair', async () => {
    await dataSource.query(
      `INSERT INTO match_judgement (tenant_id, pair, source, nth, same, was_served, created_at)
       SELECT $1, decode(lpad(to_hex(i), 64, '0'), 'hex'), 'judge', 1, true, false, $3::timestamptz - i * interval '1 s'
       FROM generate_series(1, $2::int) AS i`,
      [tenantId, MAX_PER_TENANT, new Date(clock.nowMs())],
    );
    for (let i = 0; i < 7; i++) await judged('asked?', true);
    expect(await rows()).toBe(MAX_PER_TENANT);
    expect(await verdictsOn(tenantId, 'asked?')).toEqual([{ same: 5, different: 0, reported: false }]);
  });

  it('asks for more certainty once surely more answers were wrong than the budget allows, and says so', async () => {
    const config = AppConfig.parse({
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: 'http://127.0.0.1:1',
      LLM_MODEL: 'm',
    });
    const metrics = new Metrics();
    const learning = new MatchLearning(judgements, metrics, config);
    const record = (asked: string, same: boolean) =>
      learning.record(tenantId, [asked, 'stored?'], { same, spaceId: SPACE_ID, logit: 3, wasServed: true });
    for (let i = 0; i < 20; i++) await record(`right ${i}?`, true);
    expect(await learning.of(tenantId, SPACE_ID)).toMatchObject({ cutOffset: 0 });
    for (let i = 0; i < 20; i++) await record(`wrong ${i}?`, false);
    const learned = await learning.of(tenantId, SPACE_ID);
    expect(learned?.cutOffset).toBeGreaterThan(0.5);
    expect(learned?.cutOffset).toBeLessThan(5);
    expect(await learning.of(await newTenant(), SPACE_ID)).toMatchObject({ cutOffset: 0 });
    expect(await learning.wrongShare(tenantId)).toMatchObject({ judged: 40, estimate: 0.5 });
    expect(await metrics.registry.getSingleMetricAsString('rag_cache_wrong_share')).toMatch(
      /bound="lower"\} 0\.3/,
    );
  });

  async function rows(): Promise<number> {
    const [{ count }] = await dataSource.query<[{ count: number }]>(
      `SELECT count(*)::int AS count FROM match_judgement WHERE tenant_id = $1`,
      [tenantId],
    );
    return count;
  }
});
