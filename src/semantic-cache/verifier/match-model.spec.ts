import { cutFor, type MatchFeatures, matchLogit, probabilityOf } from './match-model';

const features = (changes: Partial<MatchFeatures> = {}): MatchFeatures => ({
  relativeSimilarity: 0.8,
  onlyAsked: 1,
  onlyStored: 1,
  asksForOther: 0,
  inversions: 0,
  betterElsewhere: 0,
  isUnsupported: 0,
  askedElsewhere: 0,
  ...changes,
});

const HARMFUL: [keyof MatchFeatures, number][] = [
  ['onlyAsked', 4],
  ['onlyStored', 4],
  ['asksForOther', 1],
  ['inversions', 1],
  ['betterElsewhere', 0.4],
  ['isUnsupported', 1],
  ['askedElsewhere', 2],
];

describe.each([true, false])('the model, with evidence: %s', (hasEvidence) => {
  const logit = (changes?: Partial<MatchFeatures>) => matchLogit(features(changes), hasEvidence);

  it('rises with similarity', () => {
    const logits = [0, 0.5, 0.8, 0.95, 1].map((relativeSimilarity) => logit({ relativeSimilarity }));
    expect(logits).toEqual([...logits].sort((a, b) => a - b));
    expect(logits.at(-1)).toBeGreaterThan(logits[0]);
  });

  it.each(HARMFUL)('never rises with %s', (name, most) => {
    expect(logit({ [name]: most })).toBeLessThanOrEqual(logit());
  });

  it('is surest where no content word differs', () => {
    expect(logit({ onlyAsked: 0, onlyStored: 0 })).toBeGreaterThan(logit({ onlyAsked: 0 }));
  });

  it('asks for more the less may be wrong', () => {
    const cuts = [0.01, 0.013, 0.02, 0.05, 0.07, 0.1, 0.2].map((budget) => cutFor(budget, hasEvidence));
    expect(cuts).toEqual([...cuts].sort((a, b) => b - a));
    expect(new Set(cuts).size).toBe(cuts.length);
    expect(cutFor(0.9, hasEvidence)).toBe(cutFor(0.2, hasEvidence));
  });

  it('serves nothing but equal texts below the smallest budget that was measured', () => {
    expect(cutFor(0.0001, hasEvidence)).toBe(Infinity);
    expect(cutFor(0, hasEvidence)).toBe(Infinity);
  });
});

it('lets evidence play no part where there is none', () => {
  const against = { betterElsewhere: 0.4, isUnsupported: 1, askedElsewhere: 2 };
  expect(matchLogit(features(against), false)).toBe(matchLogit(features(), false));
});

it('turns log-odds into probabilities', () => {
  expect([-Infinity, 0, Math.log(9), Infinity].map(probabilityOf)).toEqual([0, 0.5, expect.closeTo(0.9), 1]);
});
