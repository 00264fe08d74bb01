import { setImmediate } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { systemClock } from '../../src/common/clock';
import { AppConfig } from '../../src/config/app-config';
import { Metrics } from '../../src/observability/metrics';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { MemorySharedValues } from '../../src/redis/drivers/memory-shared-values';
import { RedisSharedValues } from '../../src/redis/drivers/redis-shared-values';
import type { SharedValues } from '../../src/redis/shared-values';
import { AnswerFlights } from '../../src/semantic-cache/answer-flights';
import { AnswerIndexSelector } from '../../src/semantic-cache/answer-index-selector';
import type { CacheScope } from '../../src/semantic-cache/cache-scope';
import { SimilarityScale } from '../../src/semantic-cache/similarity-scale';
import { SemanticCacheService } from '../../src/semantic-cache/semantic-cache.service';
import { serviceUrls } from '../support/services';
import { AnswerEntries, atSimilarity, axis } from './caches/answer-entries';
import { openCacheRedis } from './caches/test-redis';

let redis: CacheRedis;
beforeAll(async () => {
  redis = await openCacheRedis((await serviceUrls()).redisCacheUrl);
});
afterAll(() => redis.close());

describe.each<[string, () => SharedValues]>([
  ['memory', () => new MemorySharedValues(systemClock)],
  ['redis', () => new RedisSharedValues(redis)],
])('answer flights on %s', (_name, open) => {
  let values: SharedValues;
  let scope: CacheScope;
  /** What is stored, by question. */
  let stored: Map<string, string>;
  let written: string[];
  /** How many questions are on their way, whether they wait or are being answered. */
  let entered: number;
  let claimed: string[];
  let finish: () => void;
  let finished: Promise<void>;

  beforeEach(() => {
    values = open();
    entered = 0;
    const enter = values.enter.bind(values);
    claimed = [];
    const claim = values.claim.bind(values);
    values.claim = (key, value, ttlMs) => {
      claimed.push(key);
      return claim(key, value, ttlMs);
    };
    values.enter = async (...args) => {
      const before = await enter(...args);
      entered++;
      return before;
    };
    scope = new AnswerEntries(systemClock).scope;
    stored = new Map();
    written = [];
    finished = new Promise((resolve) => (finish = resolve));
  });

  /** Asks as a process of its own would. */
  const ask = (question: string, more: { epoch?: string; vector?: Float32Array } = {}) => {
    const config = AppConfig.parse({});
    const selector = new AnswerIndexSelector(config.semanticCache, redis, systemClock);
    const cache = new SemanticCacheService(selector, config, new Metrics(new Registry()), systemClock);
    const flights = new AnswerFlights(values, cache);
    const { epoch = '7', vector = axis(0) } = more;
    const scale = () => Promise.resolve(new SimilarityScale(0));
    return flights.run<string>(
      { scope, question, focus: question, epoch, vector, scale },
      {
        lookForSame: async () => stored.get(question) ?? null,
        lookForSimilar: async () => [...stored.values()][0] ?? null,
        write: async () => {
          written.push(question);
          await finished;
          stored.set(question, `answer to ${question}`);
          return `answer to ${question}`;
        },
      },
    );
  };
  const QUESTION = 'Within how many days may customers return an item?';
  const REWORDED = 'Within how many days can customers return an item?';
  const OTHER = 'Within how many days may customers not return an item?';
  const untilWritten = async (count: number) => {
    while (written.length < count) await setImmediate();
  };
  const untilUnderWay = async (count: number) => {
    while (entered < count) await setImmediate();
  };

  it('has a question answered once, however it is spelt', async () => {
    const asked = [ask(QUESTION), ask(` ${QUESTION.toLowerCase()}`), ask(QUESTION)];
    await untilWritten(1);
    finish();
    const answers = await Promise.all(asked);
    expect(written).toHaveLength(1);
    expect(new Set(answers.map(({ value }) => value)).size).toBe(1);
  });

  it('lets a re-worded question wait for the one that is being answered, and take its answer', async () => {
    const first = ask(QUESTION);
    await untilWritten(1);
    const second = ask(REWORDED, { vector: atSimilarity(0.95) });
    await untilUnderWay(2);
    finish();
    await first;
    expect((await second).value).toBe(`answer to ${QUESTION}`);
    expect(written).toEqual([QUESTION]);
  });

  it.each([
    ['asks something else', OTHER, {}],
    ['is too far', REWORDED, { vector: atSimilarity(0.5) }],
    ['came after a change', REWORDED, { vector: atSimilarity(0.95), epoch: '8' }],
  ])('lets no question wait that %s', async (_why, question, more) => {
    const first = ask(QUESTION);
    await untilWritten(1);
    const second = ask(question, more);
    await untilWritten(2);
    finish();
    expect((await first).value).toBe(`answer to ${QUESTION}`);
    expect((await second).value).toBe(`answer to ${question}`);
  });

  it('lets a follower take over from a leader that died in the middle', async () => {
    const dying = ask(QUESTION);
    await untilWritten(1);
    // Nobody renews its claim any more.
    const [key] = claimed;
    await values.release(key, String((await values.get([key]))[0]));
    const second = ask(QUESTION);
    await untilWritten(2);
    finish();
    expect((await second).leader).toBe(true);
    await dying;
  });

  it('has a re-worded question answered if the one it waited for was not kept', async () => {
    const first = ask(QUESTION);
    await untilWritten(1);
    const second = ask(REWORDED, { vector: atSimilarity(0.95) });
    await untilUnderWay(2);
    stored.set = () => stored;
    finish();
    await first;
    expect((await second).value).toBe(`answer to ${REWORDED}`);
  });
});
