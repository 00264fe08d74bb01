import {
  areKeptApart,
  beliefOf,
  cutOffset,
  fitLogitScale,
  judgeAccuracy,
  type Label,
  NO_VERDICTS,
  UNCHANGED,
  wrongShare,
} from './calibration';

/** One label per pair of a deterministic population: a share of each logit's labels says "same". */
function labelsOf(shareOf: (logit: number) => number, perLogit: number): Label[] {
  return [-4, -3, -2, -1, 0, 1, 2, 3, 4].flatMap((logit) =>
    Array.from({ length: perLogit }, (_, i) => ({ logit, same: (i + 0.5) / perLogit < shareOf(logit) })),
  );
}
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const seenBy = (accuracy: number, p: number) => 1 - accuracy + (2 * accuracy - 1) * p;

describe('judgeAccuracy', () => {
  it('is what is believed beforehand until it was asked twice', () => {
    expect(judgeAccuracy(0, 0)).toBeCloseTo(0.95);
  });

  it('comes to what makes two verdicts agree as often as they do', () => {
    expect(judgeAccuracy(100_000, 82_000)).toBeCloseTo(0.9, 3);
    expect(judgeAccuracy(100_000, 90_500)).toBeCloseTo(0.95, 3);
  });

  it('is never certain, and never as bad as a guess', () => {
    expect(judgeAccuracy(1e6, 1e6)).toBeLessThan(1);
    expect(judgeAccuracy(1e6, 4e5)).toBeGreaterThan(0.5);
  });
});

describe('beliefOf', () => {
  it('moves by the log-odds of the judge for each verdict', () => {
    const shift = Math.log(19);
    expect(beliefOf(1, NO_VERDICTS, 0.95)).toBe(1);
    expect(beliefOf(1, { ...NO_VERDICTS, same: 1 }, 0.95)).toBeCloseTo(1 + shift);
    expect(beliefOf(1, { ...NO_VERDICTS, different: 2 }, 0.95)).toBeCloseTo(1 - 2 * shift);
    expect(beliefOf(1, { ...NO_VERDICTS, same: 1, different: 1 }, 0.95)).toBeCloseTo(1);
  });
});

describe('areKeptApart', () => {
  it.each([
    [{ ...NO_VERDICTS }, false],
    [{ ...NO_VERDICTS, same: 1, different: 1 }, false],
    [{ ...NO_VERDICTS, different: 1 }, true],
    [{ same: 3, different: 0, reported: true }, true],
  ])('for %j: %s', (verdicts, expected) => expect(areKeptApart(verdicts)).toBe(expected));
});

describe('wrongShare', () => {
  it('is unknown where nothing was judged', () => expect(wrongShare(0, 0, 0.95)).toBeNull());

  it('does not blame the answers for the errors of the judge', () => {
    const share = wrongShare(10_000, 500, 0.95);
    expect(share?.estimate).toBeCloseTo(0);
    expect(share?.lower).toBe(0);
    expect(share?.upper).toBeLessThan(0.006);
  });

  it('finds the share that a judge of that accuracy must have seen', () => {
    const share = wrongShare(1000, Math.round(1000 * (0.05 + 0.9 * 0.04)), 0.95);
    expect(share?.estimate).toBeCloseTo(0.04, 3);
    expect(share?.lower).toBeGreaterThan(0.02);
    expect(share?.upper).toBeLessThan(0.065);
  });

  it('is wide after few verdicts', () => {
    const share = wrongShare(5, 0, 0.95);
    expect([share?.lower, share?.judged]).toEqual([0, 5]);
    expect(share?.upper).toBeGreaterThan(0.3);
  });
});

describe('fitLogitScale', () => {
  it('leaves everything as it is without labels, and with labels that fit', () => {
    expect(fitLogitScale([], 0.95)).toEqual(UNCHANGED);
    const { scale, offset } = fitLogitScale(
      labelsOf((logit) => seenBy(0.95, sigmoid(logit)), 1000),
      0.95,
    );
    expect(scale).toBeCloseTo(1, 1);
    expect(offset).toBeCloseTo(0, 1);
  });

  it('finds logits that are too high by two, however the judge errs', () => {
    const shareOf = (logit: number) => seenBy(0.9, sigmoid(logit - 2));
    const { offset } = fitLogitScale(labelsOf(shareOf, 1000), 0.9);
    expect(offset).toBeGreaterThan(-2.2);
    expect(offset).toBeLessThan(-1.7);
  });

  it('hardly moves for a handful of labels', () => {
    const { scale, offset } = fitLogitScale([{ logit: 3, same: false }], 0.95);
    expect(Math.abs(scale - 1)).toBeLessThan(0.3);
    expect(Math.abs(offset)).toBeLessThan(0.5);
  });
});

describe('cutOffset', () => {
  it('raises the cut by what the logits are too high, and never lowers it', () => {
    expect(cutOffset(2, UNCHANGED)).toBe(0);
    expect(cutOffset(2, { scale: 1, offset: -1.5 })).toBeCloseTo(1.5);
    expect(cutOffset(2, { scale: 0.5, offset: 0 })).toBeCloseTo(2);
    expect(cutOffset(2, { scale: 1, offset: 1 })).toBe(0);
    expect(cutOffset(Infinity, { scale: 1, offset: -1 })).toBe(0);
  });
});
