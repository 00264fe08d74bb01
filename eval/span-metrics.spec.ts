import { precisionOmega, recallWithin, type Span, spanScores } from './span-metrics';

const span = (start: number, end: number, document = 'a'): Span => ({ document, start, end });

describe('span metrics', () => {
  // 30 characters of gold; retrieved are 40 + 40, of which 10 + 10 are gold.
  const gold = [span(10, 30), span(100, 110)];
  const retrieved = [span(20, 60), span(80, 120)];

  it('give recall, precision and intersection over union as computed by hand', () => {
    expect(spanScores(gold, retrieved)).toEqual({ recall: 20 / 30, precision: 20 / 80, iou: 20 / 90 });
    expect(spanScores(gold, [])).toEqual({ recall: 0, precision: 0, iou: 0 });
  });

  it('count repeated text once as found, twice as retrieved, and nothing of another document', () => {
    const twice = spanScores(gold, [span(10, 30), span(10, 30)]);
    expect(twice).toEqual({ recall: 20 / 30, precision: 20 / 40, iou: 20 / 50 });
    expect(spanScores(gold, [span(0, 200, 'b')]).recall).toBe(0);
  });

  it('take the chunks that hold gold for precision omega', () => {
    // The chunks 0-20, 20-40 and 100-120 touch gold: 30 of 60 characters.
    const chunks = [span(0, 20), span(20, 40), span(40, 100), span(100, 120)];
    expect(precisionOmega(gold, chunks)).toBe(0.5);
  });

  it('stop at the first chunk that does not fit the budget', () => {
    const chunks = [
      { ...span(10, 30), tokens: 6 },
      { ...span(200, 300), tokens: 5 },
      { ...span(100, 110), tokens: 1 },
    ];
    expect(recallWithin(10, gold, chunks)).toBeCloseTo(20 / 30, 12);
    expect(recallWithin(12, gold, chunks)).toBe(1);
    expect(recallWithin(5, gold, chunks)).toBe(0);
  });
});
