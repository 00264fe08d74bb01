import fc from 'fast-check';
import {
  type ArmHit,
  fuseByReciprocalRank,
  fuseByTrust,
  type SimilarityBackground,
} from '../../src/retrieval/rank-fusion';

/** A ranked list over at most 30 chunk ids, scores from the range, no duplicates. */
const armHits = (range: { min: number; max: number }): fc.Arbitrary<ArmHit[]> =>
  fc
    .uniqueArray(
      fc.record({
        chunkId: fc.integer({ min: 0, max: 29 }).map((n) => `chunk-${n}`),
        score: fc.double({ ...range, noNaN: true }),
      }),
      { selector: (hit) => hit.chunkId, maxLength: 20 },
    )
    .map((hits) => hits.sort((a, b) => b.score - a.score));

const vectorHits = armHits({ min: -1, max: 1 });
const textHits = armHits({ min: 0, max: 60 });
const background: fc.Arbitrary<SimilarityBackground> = fc.record({
  mean: fc.double({ min: -0.2, max: 0.8, noNaN: true }),
  standardDeviation: fc.double({ min: 0.01, max: 0.3, noNaN: true }),
});
const ids = (hits: { chunkId: string }[]) => hits.map((hit) => hit.chunkId);

/** A source of standard normal numbers that is the same in every run. */
function normalNumbers(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / (2 ** 32 + 2);
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe('every fusion', () => {
  it('returns the union of both arms, each chunk once, by falling score within [0, 1]', () => {
    fc.assert(
      fc.property(vectorHits, textHits, fc.option(background, { nil: undefined }), (vector, text, space) => {
        for (const fused of [
          fuseByTrust(vector, text, { background: space }),
          fuseByReciprocalRank(vector, text),
        ]) {
          expect(ids(fused).sort()).toEqual([...new Set([...ids(vector), ...ids(text)])].sort());
          for (const [i, hit] of fused.entries()) {
            expect(hit.score).toBeGreaterThanOrEqual(0);
            expect(hit.score).toBeLessThanOrEqual(1 + 1e-12);
            expect(hit.vectorWeight).toBeGreaterThanOrEqual(0);
            expect(hit.vectorWeight).toBeLessThanOrEqual(1);
            if (i > 0) expect(fused[i - 1].score).toBeGreaterThanOrEqual(hit.score);
          }
        }
      }),
    );
  });
});

describe('fuseByTrust', () => {
  it('never ranks a chunk below another that scores less in both arms', () => {
    fc.assert(
      fc.property(vectorHits, textHits, background, (vector, text, space) => {
        const fused = fuseByTrust(vector, text, { background: space });
        const both = fused.filter((hit) => hit.vectorScore !== null && hit.textScore !== null);
        for (const a of both)
          for (const b of both)
            if (Number(a.vectorScore) > Number(b.vectorScore) && Number(a.textScore) > Number(b.textScore))
              expect(a.score).toBeGreaterThanOrEqual(b.score);
      }),
    );
  });

  it('weighs alike whatever the unit of the text scores and the space that the similarities come from', () => {
    fc.assert(
      fc.property(
        vectorHits,
        textHits.filter((hits) => hits.length > 0 && hits[0].score > 0.1),
        background,
        fc.constantFrom(0.25, 0.5, 2, 8),
        (vector, text, space, factor) => {
          const shift = 0.125;
          const weightOf = (v: ArmHit[], t: ArmHit[], s: SimilarityBackground) =>
            fuseByTrust(v, t, { background: s })[0].vectorWeight;
          expect(
            weightOf(
              vector.map((hit) => ({ ...hit, score: hit.score * factor + shift })),
              text.map((hit) => ({ ...hit, score: hit.score * 3 })),
              {
                mean: space.mean * factor + shift,
                standardDeviation: space.standardDeviation * factor,
              },
            ),
          ).toBeCloseTo(weightOf(vector, text, space), 6);
        },
      ),
    );
  });

  it('leaves the first text hit first when the vectors are noise', () => {
    const CHUNKS = 2000;
    const noise = normalNumbers(11);
    let kept = 0;
    const ROUNDS = 300;
    for (let round = 0; round < ROUNDS; round++) {
      const similarities = Array.from({ length: CHUNKS }, (_, i) => ({
        chunkId: `chunk-${i}`,
        score: noise() * 0.05,
      }));
      const text = Array.from({ length: 20 }, (_, i) => ({
        chunkId: `chunk-${i * 7}`,
        score: 20 * 0.93 ** i,
      }));
      const fused = fuseByTrust([...similarities].sort((a, b) => b.score - a.score).slice(0, 50), text, {
        background: { mean: 0, standardDeviation: 0.05 },
        textHitSimilarities: new Map(similarities.map((hit) => [hit.chunkId, hit.score])),
      });
      if (fused[0].chunkId === text[0].chunkId) kept++;
    }
    expect(kept / ROUNDS).toBeGreaterThan(0.99);
  });
});
