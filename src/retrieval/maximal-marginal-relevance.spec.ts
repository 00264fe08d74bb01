import { l2Normalise } from '../common/vector';
import { diversify } from './maximal-marginal-relevance';

const RANKING = [
  { chunkId: 'a', score: 0.9 },
  { chunkId: 'twin of a', score: 0.88 },
  { chunkId: 'b', score: 0.5 },
  { chunkId: 'c', score: 0.1 },
];
const VECTORS = new Map([
  ['a', l2Normalise([1, 0, 0])],
  ['twin of a', l2Normalise([1, 0.01, 0])],
  ['b', l2Normalise([0, 1, 0])],
  ['c', l2Normalise([0, 0, 1])],
]);
const chosen = (lambda: number, limit = 4, vectors = VECTORS) =>
  diversify(RANKING, vectors, { lambda, limit }).map(({ chunkId }) => chunkId);

describe('diversify', () => {
  it('leaves the ranking as it is for λ = 1', () => {
    expect(chosen(1)).toEqual(['a', 'twin of a', 'b', 'c']);
  });

  it('puts what says the same behind what says something else', () => {
    expect(chosen(0.5, 2)).toEqual(['a', 'b']);
    expect(chosen(0.5)).toEqual(['a', 'b', 'c', 'twin of a']);
    expect(chosen(0)).toEqual(['a', 'b', 'c', 'twin of a']);
  });

  it('takes what has no vector for unlike everything', () => {
    expect(chosen(0.5, 4, new Map())).toEqual(['a', 'twin of a', 'b', 'c']);
  });

  it('does not care for the scale of scores', () => {
    const logits = RANKING.map(({ chunkId, score }) => ({ chunkId, score: 20 * score - 30 }));
    const order = diversify(logits, VECTORS, { lambda: 0.5, limit: 4 }).map(({ chunkId }) => chunkId);
    expect(order).toEqual(chosen(0.5));
  });

  it('keeps the order where all scores and vectors are equal', () => {
    const equal = ['x', 'y', 'z'].map((chunkId) => ({ chunkId, score: 0 }));
    expect(diversify(equal, new Map(), { lambda: 0.3, limit: 2 })).toEqual(equal.slice(0, 2));
  });

  it('has nothing to choose from nothing', () => {
    expect(diversify([], VECTORS, { lambda: 0.5, limit: 3 })).toEqual([]);
  });
});
