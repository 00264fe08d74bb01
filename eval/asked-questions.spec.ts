import {
  type AskedQuestion,
  askedAgain,
  haveSameAnswer,
  type KnownQuestion,
  summarise,
} from './asked-questions';

const known = (i: number, more: Partial<KnownQuestion> = {}): KnownQuestion => ({
  i,
  q: `question ${i}`,
  passage: 'p1',
  start: 10 * i,
  end: 10 * i + 5,
  cluster: `c${i}`,
  ...more,
});
const hit = (
  question: KnownQuestion,
  matched: KnownQuestion,
  layer: 'exact' | 'semantic' = 'semantic',
): AskedQuestion => ({ question, matched, layer, similarity: 0.9 });
const miss = (question: KnownQuestion): AskedQuestion => ({
  question,
  matched: null,
  layer: 'none',
  similarity: null,
});

describe('haveSameAnswer', () => {
  it('holds within a cluster and for overlapping answers in one passage, and not otherwise', () => {
    expect(haveSameAnswer(known(1), known(2, { cluster: 'c1' }))).toBe(true);
    expect(haveSameAnswer(known(1), known(2, { start: 14 }))).toBe(true);
    expect(haveSameAnswer(known(1), known(2, { start: 15 }))).toBe(false);
    expect(haveSameAnswer(known(1), known(2, { start: 14, passage: 'p2' }))).toBe(false);
  });
});

describe('summarise', () => {
  const first = known(0);
  const again = known(1, { cluster: 'c0', kind: 'paraphrase' });
  const missed = known(2, { cluster: 'c0', kind: 'paraphrase' });
  const other = known(3, { kind: 'other' });

  it('counts hits, wrong ones, and the paraphrases that were served rightly', () => {
    const asked = [
      miss(first),
      hit(again, first),
      miss(missed),
      hit(other, first),
      hit(other, other, 'exact'),
    ];
    expect(summarise(asked)).toEqual({
      asked: 5,
      exact: 1,
      semantic: 2,
      wrong: 1,
      wrongShareOfAsked: 0.2,
      wrongShareOfSemantic: 0.5,
      paraphraseHitRate: 0.5,
    });
  });

  it('takes a hit whose stored question is not known for wrong', () => {
    expect(summarise([{ ...miss(first), layer: 'exact' }]).wrong).toBe(1);
  });

  it('does not count a paraphrase before its like was asked', () => {
    expect(summarise([miss(again), miss(missed)]).paraphraseHitRate).toBe(0);
    expect(askedAgain([miss(again), miss(missed)]).map(({ question }) => question)).toEqual([missed]);
  });
});
