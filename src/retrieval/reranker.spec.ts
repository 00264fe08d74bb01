import { Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { RerankError, type RerankModel } from '../models/rerank-model';
import { Metrics } from '../observability/metrics';
import type { Passage } from './passage';
import { Reranker } from './reranker';

/** Scores as it is told to, and remembers what it was asked. */
class FakeModel {
  readonly identity = 'fake';
  readonly asked: string[][] = [];
  answer: number[] | Error = [];
  score(_query: string, documents: readonly string[]): Promise<number[]> {
    this.asked.push([...documents]);
    return this.answer instanceof Error ? Promise.reject(this.answer) : Promise.resolve(this.answer);
  }
}

const passage = (content: string, score: number) =>
  ({ title: null, headingPath: [], content, score, rerankScore: null }) as unknown as Passage;
const PASSAGES = [passage('a', 0.9), passage('b', 0.8), passage('c', 0.7)];

describe('Reranker', () => {
  const logged: string[] = [];
  const log = (line: string) => void logged.push(line);
  let model: FakeModel;
  let metrics: Metrics;
  let reranker: Reranker;

  beforeEach(() => {
    logged.length = 0;
    Logger.overrideLogger({ log, warn: log, error: log });
    model = new FakeModel();
    metrics = new Metrics();
    reranker = new Reranker(model as unknown as RerankModel, AppConfig.parse({}), metrics);
  });
  beforeAll(() => jest.useFakeTimers());
  afterAll(() => {
    jest.useRealTimers();
    Logger.overrideLogger(false);
  });

  const rerank = async () => {
    const { passages, degraded } = await reranker.rerank('q', PASSAGES);
    return { order: passages.map(({ content }) => content).join(''), degraded, passages };
  };
  const gauge = async () =>
    /reranker"\} (\d)/.exec(await metrics.registry.getSingleMetricAsString('rag_degraded'))?.[1];

  it('ranks by the model; equal scores keep their order', async () => {
    model.answer = [0.2, 0.5, 0.5];
    expect(await rerank()).toMatchObject({ order: 'bca', degraded: false });
    expect(await gauge()).toBe('0');
  });

  it('keeps scores in [0, 1] and shows what the model said', async () => {
    model.answer = [-4, 7, 0.5];
    const { passages } = await rerank();
    expect(passages.map(({ score, rerankScore }) => [score, rerankScore])).toEqual([
      [1, 7],
      [0.5, 0.5],
      [0, -4],
    ]);
  });

  it('shows the model what a prompt would show', async () => {
    model.answer = [1];
    const titled = { ...PASSAGES[0], title: 'T', headingPath: ['A', 'B'] };
    await reranker.rerank('q', [titled]);
    expect(model.asked).toEqual([['T\nA > B\na']]);
  });

  it('keeps the order when the model fails, and leaves it alone for a while', async () => {
    model.answer = new RerankError('it did not answer');
    expect(await rerank()).toMatchObject({ order: 'abc', degraded: true, passages: PASSAGES });
    expect(await rerank()).toMatchObject({ order: 'abc', degraded: true });
    expect(model.asked).toHaveLength(1);
    expect(await gauge()).toBe('1');
    expect(logged).toEqual(['passages are not reranked, the reranker failed: it did not answer']);
  });

  it('tries again after the pause, for one caller, and says so once', async () => {
    model.answer = new RerankError('it did not answer');
    await rerank();
    jest.advanceTimersByTime(3000);
    const both = await Promise.all([rerank(), rerank()]);
    expect(both.map(({ degraded }) => degraded)).toEqual([true, true]);
    expect(model.asked).toHaveLength(2);
    expect(logged).toHaveLength(1);

    jest.advanceTimersByTime(3000);
    model.answer = [0, 0, 1];
    expect(await rerank()).toMatchObject({ order: 'cab', degraded: false });
    expect(await rerank()).toMatchObject({ order: 'cab', degraded: false });
    expect(await gauge()).toBe('0');
    expect(logged.slice(1)).toEqual(['the reranker answers again']);
  });

  it('hides no fault of its own', async () => {
    model.answer = new TypeError('a bug');
    await expect(rerank()).rejects.toThrow('a bug');
  });

  it('costs nothing where there is no model, or nothing to rank', async () => {
    const none = new Reranker(null, AppConfig.parse({}), new Metrics());
    expect(await none.rerank('q', PASSAGES)).toEqual({ passages: PASSAGES, degraded: false });
    expect([none.candidates, none.identity]).toEqual([0, '']);
    expect(await reranker.rerank('q', [])).toEqual({ passages: [], degraded: false });
    expect(model.asked).toEqual([]);
  });
});
