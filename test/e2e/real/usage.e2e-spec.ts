import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { estimateTokens } from '../../../src/models/drivers/openai/token-estimate';
import { type Evergreen, eventually } from '../../support/evergreen';
import { type Behaviour, FakeOpenAiServer } from '../../support/fake-openai-server';
import { type TestBackend, testBackend } from '../../support/test-backend';

interface Totals {
  calls: number;
  prompt_tokens: number;
  completion_tokens: number;
  cost_usd: number;
  uncertain_tokens: number;
  saved_answers: number;
  saved_tokens: number;
  saved_usd: number;
}
interface Usage {
  total: Totals;
  budget: { monthly_usd: number | null; spent_usd: number; state: string };
}

const TENANT = '00000000-0000-0000-0000-000000000000';
const MODEL = 'metered';
const MAX_TOKENS = 60;
const TIMEOUT_MS = 3000;
/** As in `src/usage/usage-ledger.ts`: after that a call that was not ended is one of a dead process. */
const GRACE_MS = 10_000;
const TEXT = 'Refunds are issued within thirty days of delivery, said the clerk [1].';
/** Long enough for words to be counted as tokens in different ways. */
const LONG_TEXT = `${TEXT} Überweisungen dauern länger; naïve coöperation, 3.14159 and ${'🦜'.repeat(5)} [1]. ${TEXT}`;

jest.setTimeout(180_000);

describe('the books equal the meter of the provider', () => {
  let backend: TestBackend;
  let provider: FakeOpenAiServer;
  let service: Evergreen;
  let database: Client;
  let asked = 0;

  const start = async (): Promise<void> => {
    service = await backend.start({
      LLM_PROVIDER: 'openai',
      LLM_MODEL: MODEL,
      LLM_PRICES: `${MODEL}=1.5/6.25`,
      LLM_MAX_TOKENS: String(MAX_TOKENS),
      LLM_TIMEOUT_MS: String(TIMEOUT_MS),
      LLM_BREAKER_FAILURES: '1000',
      OPENAI_BASE_URL: provider.url,
      OPENAI_API_KEY: 'none',
      DATABASE_STATEMENT_TIMEOUT_MS: '1500',
    });
  };

  beforeAll(async () => {
    backend = await testBackend();
    provider = await FakeOpenAiServer.start({ countTokens: estimateTokens, tokensPerMessage: 4 });
    await start();
    await service.ingest([
      { external_id: 'refunds.md', content: 'Refunds are issued within thirty days of delivery.' },
    ]);
    database = new Client({ connectionString: backend.env.DATABASE_URL });
    await database.connect();
  });
  beforeEach(async () => {
    await database.query('DELETE FROM llm_usage');
    await database.query('DELETE FROM llm_call');
    provider.reset();
  });
  afterAll(async () => {
    await database?.end();
    await provider?.close();
    await backend?.destroy();
  });

  /** Another question each time: none is answered by the cache. */
  const ask = (body: Record<string, unknown> = {}, signal?: AbortSignal) =>
    fetch(`${service.url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `Within how many days are refunds of order ${1000 + asked++} issued?`,
        user_id: 'alice',
        cache: 'bypass',
        ...body,
      }),
      signal,
    });
  const usage = async () => (await service.request<Usage>('GET', '/admin/usage')).body;

  async function expectEqual(): Promise<Totals> {
    const { total } = await usage();
    const { prompt, completion } = provider.metered;
    expect({ prompt: total.prompt_tokens, completion: total.completion_tokens }).toEqual({
      prompt,
      completion,
    });
    expect(total.cost_usd).toBeCloseTo((prompt * 1.5 + completion * 6.25) / 1e6, 12);
    return total;
  }

  /** Waits until no call of a dead process may still be under way. */
  const untilResolved = () =>
    eventually(
      async () => {
        const { rows } = await database.query('SELECT 1 FROM llm_call WHERE resolved_by > now()');
        return rows.length === 0 ? true : undefined;
      },
      'calls of dead processes to be known as such',
      TIMEOUT_MS + GRACE_MS + 5000,
    );

  it.each([
    ['tells its count', { kind: 'answer', text: LONG_TEXT }],
    ['tells no count', { kind: 'answer', text: LONG_TEXT, usage: false }],
  ] as [string, Behaviour][])('in answers where it %s', async (_what, behaviour) => {
    provider.always('chat', behaviour);
    for (const stream of [false, true, false]) await (await ask({ stream })).text();
    expect(await expectEqual()).toMatchObject({ calls: 3, uncertain_tokens: 0 });
    expect(provider.metered.completion).toBeGreaterThan(100);
  });

  it('through retries', async () => {
    const busy: Behaviour = { kind: 'status', status: 429, headers: { 'retry-after-ms': '5' } };
    provider.script('chat', busy, { kind: 'status', status: 500 });
    expect((await ask()).status).toBe(200);
    expect(await expectEqual()).toMatchObject({ calls: 3, uncertain_tokens: 0 });
  });

  it.each([
    ['are cut', { kind: 'cut-stream', text: TEXT, words: 4 }],
    ['stall', { kind: 'stall-stream', text: TEXT, words: 4 }],
  ] as [string, Behaviour][])(
    'through streams that %s, with the bound of what is uncertain',
    async (_what, behaviour) => {
      provider.script('chat', behaviour);
      expect((await ask()).status).toBe(200);
      const { calls, uncertain_tokens } = await expectEqual();
      expect(calls).toBe(2);
      expect(uncertain_tokens).toBe(MAX_TOKENS - estimateTokens('Refunds are issued within '));
    },
  );

  it.each([
    ['hang', { kind: 'hang' }],
    ['reset', { kind: 'disconnect' }],
    ['malformed JSON', { kind: 'malformed' }],
    ['HTML', { kind: 'html' }],
  ] as [string, Behaviour][])('through %s, all of which is uncertain', async (_what, behaviour) => {
    provider.always('chat', behaviour);
    expect((await ask()).status).toBe(503);
    const { calls, uncertain_tokens } = await expectEqual();
    expect(uncertain_tokens).toBeGreaterThan(calls * MAX_TOKENS);
  });

  it.each([false, true])('when a client goes away in mid-answer (stream: %s)', async (stream) => {
    provider.always('chat', { kind: 'stall-stream', text: TEXT, words: 4 });
    const client = new AbortController();
    const gone = ask({ stream }, client.signal).then((answer) => answer.text());
    const received = estimateTokens('Refunds are issued within ');
    const noted = `SELECT 1 FROM llm_call WHERE known_completion_tokens = ${received}`;
    await eventually(
      async () => ((await database.query(noted)).rows.length === 1 ? true : undefined),
      'what came to be noted',
      TIMEOUT_MS,
    );
    client.abort();
    await expect(gone).rejects.toThrow();
    await eventually(() => Promise.resolve(provider.abandoned === 1 || undefined), 'the call to be ended');
    await eventually(async () => ((await usage()).total.calls === 1 ? true : undefined), 'a call booked');
    expect(await expectEqual()).toMatchObject({ uncertain_tokens: MAX_TOKENS - received });
  });

  it('while Postgres does not take the outcome for a while', async () => {
    const locker = new Client({ connectionString: backend.env.DATABASE_URL });
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE llm_usage IN EXCLUSIVE MODE');
    const answers = Promise.all([ask(), ask(), ask()]);
    await eventually(
      () => Promise.resolve(service.log.includes('could not be written yet') ? true : undefined),
      'an outcome to be refused',
    );
    await locker.query('ROLLBACK');
    await locker.end();
    for (const answer of await answers) expect(answer.status).toBe(200);
    await eventually(
      async () => ((await usage()).total.calls === 3 ? true : undefined),
      'three calls booked',
    );
    expect(await expectEqual()).toMatchObject({ uncertain_tokens: 0 });
  });

  it('when the API is killed between the provider’s answer and the write of the books', async () => {
    const locker = new Client({ connectionString: backend.env.DATABASE_URL });
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE llm_usage IN EXCLUSIVE MODE');
    const lost = ask().catch(() => undefined);
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
      AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO llm_usage%'`;
    await eventually(
      async () => ((await database.query(waiting)).rows.length > 0 ? true : undefined),
      'the outcome to be on its way',
    );
    await service.kill();
    await lost;
    // Its connection may outlive the process until Postgres sees that it is gone.
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    await locker.query('ROLLBACK');
    await locker.end();
    expect((await database.query('SELECT 1 FROM llm_call')).rows).toHaveLength(1);
    await start();
    expect(await expectEqual()).toMatchObject({ calls: 1, uncertain_tokens: 0 });
    expect((await database.query('SELECT 1 FROM llm_call')).rows).toHaveLength(0);
  });

  it('when the API is killed in mid-stream, with the bound of what is uncertain', async () => {
    provider.always('chat', { kind: 'stall-stream', text: TEXT, words: 4 });
    const lost = [ask().catch(() => undefined), ask({ stream: true }).catch(() => undefined)];
    const received = estimateTokens('Refunds are issued within ');
    const noted = `SELECT 1 FROM llm_call WHERE known_completion_tokens = ${received}`;
    await eventually(
      async () => ((await database.query(noted)).rows.length === 2 ? true : undefined),
      'what came to be noted',
      TIMEOUT_MS,
    );
    await service.kill();
    await Promise.all(lost);
    await start();
    await untilResolved();
    const { calls, uncertain_tokens } = await expectEqual();
    expect(calls).toBe(2);
    expect(uncertain_tokens).toBe(2 * (MAX_TOKENS - received));
  });

  it('within its bound when the API is killed at any moment, and exactly otherwise, in a storm', async () => {
    const kinds: Behaviour[] = [
      { kind: 'answer', text: TEXT },
      { kind: 'answer', text: LONG_TEXT, usage: false, delayMs: 30 },
      { kind: 'status', status: 500 },
      { kind: 'status', status: 429, headers: { 'retry-after-ms': '20' } },
      { kind: 'disconnect' },
      { kind: 'cut-stream', text: TEXT, words: 6 },
      { kind: 'json', body: { choices: [] } },
    ];
    const choose = (n: number) => createHash('sha256').update(`storm ${n}`).digest()[0] % kinds.length;
    const storm = (size: number, from: number) => {
      provider.script('chat', ...Array.from({ length: 3 * size }, (_, n) => kinds[choose(from + n)]));
      return Array.from({ length: size }, (_, n) => ask({ stream: n % 2 === 0 }).catch(() => undefined));
    };
    await Promise.all(storm(40, 0));
    expect((await expectEqual()).calls).toBeGreaterThan(40);

    for (const afterCalls of [3, 17]) {
      const before = provider.received('chat').length;
      const lost = storm(20, 1000 * afterCalls);
      await eventually(
        () => Promise.resolve(provider.received('chat').length >= before + afterCalls ? true : undefined),
        'calls to be under way',
      );
      await service.kill();
      await Promise.all(lost);
      await start();
    }
    await untilResolved();
    const { total } = await usage();
    const { prompt, completion } = provider.metered;
    const spent = total.prompt_tokens + total.completion_tokens;
    expect(spent).toBeLessThanOrEqual(prompt + completion);
    expect(prompt + completion).toBeLessThanOrEqual(spent + total.uncertain_tokens);
  });

  it('and say what the cache saved', async () => {
    const query = 'When are refunds issued after delivery?';
    const first = (await (await ask({ query, cache: 'use' })).json()) as { usage: Record<string, number> };
    for (let i = 0; i < 3; i++) await ask({ query, cache: 'use' });
    expect(await expectEqual()).toMatchObject({
      saved_answers: 3,
      saved_tokens: 3 * (first.usage.prompt_tokens + first.usage.completion_tokens),
      saved_usd: 3 * first.usage.cost_usd,
    });
  });

  it('and keep a tenant within its budget, but not from its cached answers', async () => {
    const query = 'Within how many days are refunds of order 4711 issued?';
    expect((await ask({ query, cache: 'use' })).status).toBe(200);
    const { total } = await usage();
    const budget = { monthly_budget_usd: Math.ceil(total.cost_usd * 1e6) / 1e6 + 0.000001 };
    const set = await service.request<{ monthly_budget_usd: number }>(
      'PATCH',
      `/admin/tenants/${TENANT}`,
      budget,
    );
    expect([set.status, set.body.monthly_budget_usd]).toEqual([200, budget.monthly_budget_usd]);
    expect((await usage()).budget).toMatchObject({ state: 'warning', spent_usd: total.cost_usd });

    const refused = await ask();
    expect(refused.status).toBe(429);
    const { error } = (await refused.json()) as { error: { code: string } };
    expect(error.code).toBe('BUDGET_EXCEEDED');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask({ query, cache: 'use' })).status).toBe(200);
    expect((await expectEqual()).calls).toBe(1);

    await service.request('PATCH', `/admin/tenants/${TENANT}`, { monthly_budget_usd: null });
    expect((await ask()).status).toBe(200);
  });
});
