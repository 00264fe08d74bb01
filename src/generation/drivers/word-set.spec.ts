import { contentWords } from './content-words';
import { coverageOf, WordSet } from './word-set';

const presence = (text: string, word: string) => new WordSet(text).presence(contentWords(word)[0]);

describe('WordSet', () => {
  it('finds a word in another form, for a little less', () => {
    expect(presence('They celebrate it.', 'celebrated')).toBe(1);
    expect(presence('Celebrating it.', 'celebration')).toBe(0.8);
  });

  it('keeps words apart that only begin alike', () => {
    expect(presence('An internal matter.', 'international')).toBe(0);
    expect(presence('In 12345.', '12344')).toBe(0);
    expect(presence('A card.', 'care')).toBe(0);
  });
});

describe('coverageOf', () => {
  it('is the share of the weight that any of the texts holds', () => {
    const weights = new Map([
      ['refund', 3],
      ['day', 1],
    ]);
    expect(coverageOf(weights, [new WordSet('refunds'), new WordSet('thirty days')])).toBe(1);
    expect(coverageOf(weights, [new WordSet('refunds')])).toBe(0.75);
    expect(coverageOf(new Map(), [new WordSet('refunds')])).toBe(0);
  });
});
