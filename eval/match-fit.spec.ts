import { bestBy, cutsFor, HeldOutFit, servedFrom, servedWithin } from './match-fit';
import type { MatchPair, PairSet } from './match-pairs';

const NO_TERMS = {
  similarity: 0,
  nearSimilarity: 0,
  sameWords: 0,
  onlyAsked: 0,
  onlyStored: 0,
  exchanged: 0,
  asksForOther: 0,
  inversions: 0,
  betterElsewhere: 0,
  isUnsupported: 0,
  askedElsewhere: 0,
};

function pair(
  asked: number,
  similarity: number,
  label: boolean,
  changes: Partial<MatchPair> = {},
): MatchPair {
  const terms = { ...NO_TERMS, similarity };
  return { asked, label, fold: asked % 6, refusals: [], terms, features: {} as never, ...changes };
}

const set = (pairs: MatchPair[]): PairSet => ({
  name: 'pairs',
  weight: 1,
  hasEvidence: true,
  questions: 10,
  repeated: new Set([0, 1]),
  pairs,
});
const similarityOf = ({ terms: { similarity } }: MatchPair) => similarity;

describe('bestBy', () => {
  it('takes the best candidate of each question that nothing refuses, the surest first', () => {
    const pairs = [
      pair(0, 0.6, true),
      pair(1, 0.8, false),
      pair(1, 0.7, true),
      pair(0, 0.9, false, { refusals: ['number'] }),
      pair(2, 0.95, false, { refusals: ['number', 'name'] }),
    ];
    expect(bestBy(set(pairs), similarityOf)).toEqual([
      { asked: 1, logit: 0.8, label: false },
      { asked: 0, logit: 0.6, label: true },
    ]);
    expect(bestBy(set(pairs), similarityOf, 'number').map(({ logit }) => logit)).toEqual([0.9, 0.8]);
  });
});

describe('cuts', () => {
  const best = [true, true, false, true].map((label, asked) => ({ asked, logit: 4 - asked, label }));

  it('meet a budget with the hits that nobody saw go wrong', () => {
    const many = Array.from({ length: 1000 }, (_, asked) => ({
      asked,
      logit: 1000 - asked,
      label: asked !== 500,
    }));
    const cuts = new Map(cutsFor(many));
    // With one wrong hit counted, 1.7 in 1,000.7 meet 0.002; 0.001 would need 700 hits without any.
    expect(cuts.get(0.002)).toBe(1);
    expect(cuts.get(0.001)).toBeUndefined();
    expect(cutsFor(best)).toEqual([]);
  });

  it('serve what is at or above them', () => {
    expect(servedFrom(2, best, set([]))).toEqual({
      cut: 2,
      hits: 3,
      wrong: 1,
      wrongShareOfAsked: 0.1,
      repeatedServed: 1,
    });
    expect(servedWithin(0, best, set([]))).toMatchObject({ cut: 3, hits: 2, wrong: 0 });
    expect(servedWithin(0.1, best, set([]))).toMatchObject({ cut: 1, hits: 4, wrong: 1 });
    expect(servedWithin(0, [], set([]))).toMatchObject({ cut: Infinity, hits: 0 });
  });
});

describe('HeldOutFit', () => {
  it('judges each pair by what the other folds tell', () => {
    // In the first fold alone the unlike pairs are the same: a model that had seen it would rank them otherwise.
    const pairs = Array.from({ length: 60 }, (_, i) =>
      pair(i, (i >> 3) % 2, (i >> 3) % 2 === Number(i % 6 !== 0)),
    );
    const logits = new Map(
      new HeldOutFit([set(pairs)], ['similarity'])
        .bestOf(set(pairs))
        .map(({ asked, logit }) => [asked, logit]),
    );
    const mean = (like: boolean) => {
      const held = pairs.filter(({ fold, terms }) => fold === 0 && terms.similarity === Number(like));
      return held.reduce((sum, { asked }) => sum + logits.get(asked)!, 0) / held.length;
    };
    expect(mean(true)).toBeGreaterThan(3);
    expect(mean(false)).toBeLessThan(-3);
  });
});
