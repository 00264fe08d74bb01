import { l2Normalise } from '../src/common/vector';
import type { KnownQuestion } from './asked-questions';
import { bestOf, CosineCache, type CosinePoint } from './cosine-cache';

const known = (i: number, q: string, cluster: string): KnownQuestion => ({
  i,
  q,
  cluster,
  passage: 'p',
  start: 10 * i,
  end: 10 * i + 1,
});

describe('CosineCache', () => {
  const questions = [known(0, 'a', 'x'), known(1, 'a2', 'x'), known(2, 'b', 'y'), known(3, 'a', 'x')];
  const vectors = new Map([
    ['a', l2Normalise([1, 0])],
    ['a2', l2Normalise([1, 0.2])],
    ['b', l2Normalise([1, 0.6])],
  ]);
  const cache = new CosineCache(questions, vectors);

  it('serves the nearest stored question at or above the threshold, and stores the others', () => {
    expect(cache.ask(0.9).map(({ layer, matched }) => [layer, matched?.q])).toEqual([
      ['none', undefined],
      ['semantic', 'a'],
      ['none', undefined],
      ['exact', 'a'],
    ]);
  });

  it('knows the nearest of all that were asked before', () => {
    expect(cache.nearest(2).nearest?.q).toBe('a2');
    expect(cache.nearest(0).nearest).toBeNull();
  });
});

describe('bestOf', () => {
  const point = (threshold: number, wrong: number, paraphraseHitRate: number): CosinePoint => ({
    threshold,
    asked: 10_000,
    exact: 0,
    semantic: 100,
    wrong,
    wrongShareOfAsked: wrong / 10_000,
    wrongShareOfSemantic: wrong / 100,
    paraphraseHitRate,
  });

  it('takes the most paraphrases among thresholds with few wrong answers', () => {
    expect(bestOf([point(0.8, 20, 0.9), point(0.9, 15, 0.8), point(0.95, 1, 0.7)]).threshold).toBe(0.9);
  });

  it('else takes the fewest wrong answers at a useful rate', () => {
    expect(bestOf([point(0.8, 90, 0.95), point(0.9, 40, 0.86), point(0.95, 20, 0.7)]).threshold).toBe(0.9);
  });
});
