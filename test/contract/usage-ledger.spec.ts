import { DataSource } from 'typeorm';
import { newId } from '../../src/common/ids';
import type { PlannedCall, TokenCounts } from '../../src/models/call-meter';
import { ModelPrices } from '../../src/models/model-prices';
import { UsageLedger } from '../../src/usage/usage-ledger';
import { type ContractDatabase, MIGRATED_DATABASES } from '../support/contract-database';
import { MovableClock } from './caches/movable-clock';

jest.setTimeout(120_000);

const PRICES = new ModelPrices([{ model: 'm', prompt: 0.15, completion: 0.6 }]);
const DAY = '2026-11-22';
const NOTHING = { promptTokens: 0, completionTokens: 0 };

describe.each(MIGRATED_DATABASES)('UsageLedger on %s', (_name, open) => {
  let database: ContractDatabase;
  let dataSource: DataSource;
  let clock: MovableClock;
  let ledger: UsageLedger;
  let tenantId: string;

  beforeAll(async () => {
    database = await open();
    const options = { type: 'postgres', url: database.url, installExtensions: false } as const;
    dataSource = await new DataSource(options).initialize();
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.close();
  });
  beforeEach(async () => {
    clock = new MovableClock(Date.parse(`${DAY}T23:59:00Z`));
    ledger = new UsageLedger(dataSource, PRICES, clock);
    tenantId = await newTenant(null);
  });

  async function newTenant(budget: number | null): Promise<string> {
    const id = newId();
    await dataSource.query('INSERT INTO tenant (id, name, monthly_budget_usd) VALUES ($1, $2, $3)', [
      id,
      id,
      budget,
    ]);
    return id;
  }

  async function begin(plan: Partial<PlannedCall> = {}) {
    const id = newId();
    const call = { tenantId, purpose: 'answer', model: 'm', promptTokens: 100, maxTokens: 50 } as const;
    const opened = await ledger.open(id, { ...call, timeoutMs: 1000, ...plan });
    return { id, tenantId: plan.tenantId ?? tenantId, ...opened };
  }

  const close = (call: { id: string; tenantId: string }, used: TokenCounts, certain: boolean) =>
    ledger.close({ id: call.id, tenantId: call.tenantId, used, certain });
  const read = (id = tenantId) => ledger.read(id, '2026-11-01', '2026-11-30');

  it('counts a call on the day on which it began, once', async () => {
    const call = await begin();
    clock.advanceSeconds(120);
    for (let i = 0; i < 2; i++) await close(call, { promptTokens: 90, completionTokens: 20 }, true);
    expect(await read()).toEqual([
      {
        day: DAY,
        model: 'm',
        purpose: 'answer',
        calls: 1,
        promptTokens: 90,
        completionTokens: 20,
        costUsd: (90 * 0.15 + 20 * 0.6) / 1e6,
        uncertainTokens: 0,
        uncertainUsd: 0,
        savedAnswers: 0,
        savedTokens: 0,
        savedUsd: 0,
      },
    ]);
  });

  it('says how much more an interrupted call may have cost', async () => {
    await close(await begin(), { promptTokens: 100, completionTokens: 20 }, false);
    await close(await begin(), NOTHING, false);
    const [line] = await read();
    expect(line).toMatchObject({ calls: 2, promptTokens: 100, completionTokens: 20, uncertainTokens: 180 });
    expect(line.uncertainUsd).toBeCloseTo((100 * 0.15 + 80 * 0.6) / 1e6, 15);
  });

  it('shows what was known of a call whose process died, and lets the outcome come later all the same', async () => {
    const call = await begin();
    await ledger.note([{ ...call, promptTokens: 100, completionTokens: 7 }]);
    expect(await read()).toEqual([]);
    clock.advanceSeconds(12);
    expect(await read()).toMatchObject([{ promptTokens: 100, completionTokens: 7, uncertainTokens: 43 }]);
    await close(call, { promptTokens: 100, completionTokens: 9 }, true);
    expect(await read()).toMatchObject([
      { calls: 1, promptTokens: 100, completionTokens: 9, uncertainTokens: 0 },
    ]);
  });

  it('refuses a call that may go beyond the budget, counting those under way', async () => {
    tenantId = await newTenant(0.0001);
    // 45 millionths of a dollar at most.
    const [first, second, third] = [await begin(), await begin(), await begin()];
    expect([first, second, third].map(({ admitted }) => admitted)).toEqual([true, true, false]);
    expect(third).toMatchObject({ monthlyUsd: 0.0001, spentUsd: 0, reservedUsd: 0.00009 });
    await close(first, { promptTokens: 10, completionTokens: 1 }, true);
    expect(await begin()).toMatchObject({ admitted: true, spentUsd: 0.0000021 });
  });

  it('keeps calls that begin at once within the budget', async () => {
    tenantId = await newTenant(0.0002);
    const calls = await Promise.all(Array.from({ length: 12 }, () => begin()));
    expect(calls.filter(({ admitted }) => admitted)).toHaveLength(4);
  });

  it('begins a new budget with the month', async () => {
    tenantId = await newTenant(0.00005);
    await close(await begin(), { promptTokens: 100, completionTokens: 50 }, true);
    expect((await begin()).admitted).toBe(false);
    clock.advanceSeconds(9 * 86_400);
    expect(await begin()).toMatchObject({ admitted: true, spentUsd: 0 });
  });

  it('lets a model without a price be used on any budget', async () => {
    tenantId = await newTenant(0);
    expect((await begin({ model: 'own' })).admitted).toBe(true);
    expect((await begin()).admitted).toBe(false);
  });

  it('keeps tenants apart, and forgets those that are removed', async () => {
    const other = await newTenant(null);
    const call = await begin({ tenantId: other });
    await close({ id: call.id, tenantId }, { promptTokens: 1, completionTokens: 1 }, true);
    expect(await read()).toEqual([]);
    await dataSource.query('DELETE FROM tenant WHERE id = $1', [other]);
    await close(call, { promptTokens: 1, completionTokens: 1 }, true);
    const saving = { day: DAY, model: 'm', answers: 1, tokens: 1, usd: 0 };
    await ledger.addSavings([{ tenantId: other, ...saving }]);
    expect(await read(other)).toEqual([]);
    expect(await begin({ tenantId: other })).toMatchObject({ admitted: false });
    expect(await ledger.budget(other)).toBeNull();
  });

  it('adds savings to the line of their day and model', async () => {
    await close(await begin(), { promptTokens: 1, completionTokens: 1 }, true);
    const saving = { tenantId, day: DAY, model: 'm', answers: 2, tokens: 300, usd: 0.00012 };
    await ledger.addSavings([saving, { ...saving, model: 'another' }]);
    await ledger.addSavings([saving]);
    expect(await read()).toMatchObject([
      { model: 'another', calls: 0, savedAnswers: 2, savedTokens: 300, savedUsd: 0.00012 },
      { model: 'm', calls: 1, savedAnswers: 4, savedTokens: 600, savedUsd: 0.00024 },
    ]);
  });
});
