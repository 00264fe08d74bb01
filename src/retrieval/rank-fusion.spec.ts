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
    const vector = hits(['x', 0.3], ['y', 0.29], ['a', 0.1], ['b', 0.09], ['c', 0.11]);
    const text = hits(['a', 12], ['b', 11], ['c', 10]);
    const fused = fuseByTrust(vector, text, { background });
    expect(ids(fused).slice(0, 3)).toEqual(['a', 'b', 'c']);
    expect(fused[0].vectorWeight).toBeLessThan(0.01);
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
