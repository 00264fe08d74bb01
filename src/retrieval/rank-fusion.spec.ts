import { type ArmHit, fuseByReciprocalRank, fuseByTrust } from './rank-fusion';

const hits = (...pairs: [string, number][]): ArmHit[] =>
  pairs.map(([chunkId, score]) => ({ chunkId, score }));
const ids = (ranking: { chunkId: string }[]) => ranking.map((hit) => hit.chunkId);

describe('fuseByTrust', () => {
  const background = { mean: 0.1, standardDeviation: 0.1 };

  it('lets the vectors decide between equal texts when both arms agree on the first hit', () => {
    const vector = hits(['a', 0.8], ['c', 0.5], ['b', 0.2]);
    const text = hits(['a', 12], ['b', 6], ['c', 5.8]);
    expect(ids(fuseByTrust(vector, text, { background }))).toEqual(['a', 'c', 'b']);
  });

  it('keeps the order of the text arm when its best hits look like random chunks to the vectors', () => {
    const vector = hits(['x', 0.4], ['y', 0.39], ['c', 0.12], ['a', 0.1], ['b', 0.09]);
    const text = hits(['a', 12], ['b', 11], ['c', 10]);
    const fused = fuseByTrust(vector, text, { background });
    expect(ids(fused).slice(0, 3)).toEqual(['a', 'b', 'c']);
    expect(fused[0].vectorWeight).toBe(0);
  });

  it('trusts the vectors more the further the best texts stand out from random chunks', () => {
    const text = hits(['a', 12], ['b', 6]);
    const weights = [0.3, 0.5, 0.7].map(
      (similarity) => fuseByTrust(hits(['a', similarity], ['b', 0.2]), text, { background })[0].vectorWeight,
    );
    expect(weights).toEqual([...weights].sort((x, y) => x - y));
    expect(weights[2]).toBeGreaterThan(0.5);
  });

  it('follows the vectors when the text hits share next to nothing with the question', () => {
    const vector = hits(['a', 0.8], ['b', 0.7], ['x', 0.1]);
    const text = hits(['x', 1.5], ['y', 1.4]);
    expect(ids(fuseByTrust(vector, text, { background, maxTextScore: 80 })).slice(0, 2)).toEqual(['a', 'b']);
    expect(ids(fuseByTrust(vector, text, { background, maxTextScore: 3 }))[0]).toBe('x');
  });

  it('takes the similarity of a text hit that the vector arm did not return from the caller', () => {
    const vector = hits(['a', 0.8], ['b', 0.7]);
    const text = hits(['c', 9], ['a', 8.9]);
    const near = fuseByTrust(vector, text, { background, textHitSimilarities: new Map([['c', 0.69]]) });
    const far = fuseByTrust(vector, text, { background, textHitSimilarities: new Map([['c', 0.1]]) });
    expect(near[0].vectorWeight).toBeGreaterThan(far[0].vectorWeight);
    expect(near.find(({ chunkId }) => chunkId === 'c')?.vectorScore).toBe(0.69);
  });

  it('gives vectors that are all alike no weight', () => {
    const vector = hits(['b', 0.5], ['a', 0.5]);
    const fused = fuseByTrust(vector, hits(['a', 2], ['b', 1]), {
      background: { mean: 0.5, standardDeviation: 0 },
    });
    expect(ids(fused)).toEqual(['a', 'b']);
    expect(ids(fuseByTrust(vector, hits(['a', 2], ['b', 1])))).toEqual(['a', 'b']);
  });

  it('ranks by the only arm that found anything', () => {
    expect(ids(fuseByTrust(hits(['a', 0.9], ['b', 0.4]), []))).toEqual(['a', 'b']);
    expect(ids(fuseByTrust([], hits(['b', 3], ['a', 2])))).toEqual(['b', 'a']);
    expect(fuseByTrust([], [])).toEqual([]);
  });

  it('shows the parts of each score', () => {
    const [first, second] = fuseByTrust(hits(['a', 0.9]), hits(['a', 3], ['b', 1]), { background });
    expect(first).toMatchObject({ chunkId: 'a', vectorScore: 0.9, textScore: 3, score: 1 });
    expect(second).toMatchObject({ chunkId: 'b', vectorScore: null, textScore: 1 });
  });
});

describe('fuseByReciprocalRank', () => {
  it('scores 1 for the chunk that both arms rank first, whatever their scores', () => {
    const [first] = fuseByReciprocalRank(hits(['a', 0.2], ['b', 0.1]), hits(['a', 40]));
    expect(first).toMatchObject({ chunkId: 'a', score: 1, vectorWeight: 0.5 });
  });

  it('prefers a chunk that both arms return to one that a single arm ranks higher', () => {
    const fused = fuseByReciprocalRank(hits(['a', 0.9], ['b', 0.8]), hits(['c', 9], ['b', 8]));
    expect(ids(fused)).toEqual(['b', 'a', 'c']);
  });
});
