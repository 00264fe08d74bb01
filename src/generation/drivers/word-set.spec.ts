import { languageOf } from '../../text-analysis/languages';
import { coverageOf, WordSet } from './word-set';

const presence = (text: string, word: string) => WordSet.of(text).presence(WordSet.of(word).words[0]);

describe('WordSet', () => {
  it('holds what carries content, as stems', () => {
    expect(WordSet.of("Is it of the company's policies?").words).toEqual(WordSet.of('company policy').words);
    expect(WordSet.of('v2s 30 1990s').words).toEqual(['v2s', '30', '1990s']);
  });

  it('holds no grammar of other languages either', () => {
    expect(WordSet.of('Wie lange ist der Hafen im Winter nicht offen').words).toEqual(
      WordSet.of('lange Hafen Winter offen', languageOf(['der', 'ist'])).words,
    );
  });

  it('finds a word in another form, for a little less', () => {
    expect(presence('They celebrate it.', 'celebration')).toBe(1);
    expect(presence('The pharmacist waits.', 'pharmacy')).toBe(0.8);
  });

  it('keeps words apart that only begin alike', () => {
    expect(presence('They decided it.', 'decimal')).toBe(0);
    expect(presence('In 12345.', '12344')).toBe(0);
    expect(presence('A card.', 'care')).toBe(0);
  });
});

describe('coverageOf', () => {
  it('is the share of the weight that any of the texts holds', () => {
    const weights = new Map([
      ['refund', 3],
      ['30', 1],
    ]);
    expect(coverageOf(weights, [WordSet.of('refunds'), WordSet.of('thirty days')])).toBe(1);
    expect(coverageOf(weights, [WordSet.of('refunds')])).toBe(0.75);
    expect(coverageOf(new Map(), [WordSet.of('refunds')])).toBe(0);
  });
});
