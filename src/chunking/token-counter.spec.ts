import { TokenCounter } from './token-counter';

const words = (text: string) => text.match(/\S+/g)?.length ?? 0;
const codePoints = (text: string) => [...text].length;

describe('TokenCounter', () => {
  const text = 'one two\n\n  three four';

  it('adds up words and the white space between them', () => {
    expect(new TokenCounter(text, words).estimate(0, text.length)).toBe(4);
    expect(new TokenCounter(text, codePoints).estimate(0, text.length)).toBe(text.length);
    expect(new TokenCounter(text, codePoints).estimateGap(7, 11)).toBe(4);
  });

  it('asks for each word once', () => {
    const repeated = 'again '.repeat(500);
    let calls = 0;
    const counter = new TokenCounter(repeated, (part) => (calls++, words(part)));
    counter.estimate(0, repeated.length);
    expect(calls).toBeLessThan(10);
  });

  it('hands no long word to the tokenizer at once', () => {
    let longest = 0;
    const word = 'x'.repeat(10_000);
    new TokenCounter(word, (part) => ((longest = Math.max(longest, part.length)), 1)).estimate(
      0,
      word.length,
    );
    expect(longest).toBeLessThanOrEqual(256);
  });

  it('counts exactly where the estimate is near the maximum', () => {
    const merging = (part: string) => Math.max(1, words(part) - 1);
    const splitting = (part: string) => words(part) * 2 - 1;
    expect(new TokenCounter(text, merging).fits(0, text.length, 4)).toBe(true);
    expect(new TokenCounter(text, splitting).fits(0, text.length, 6)).toBe(false);
  });

  it('lets no token stand for endless text', () => {
    const blob = '~'.repeat(1600);
    expect(new TokenCounter(blob, () => 1).estimate(0, blob.length)).toBe(100);
  });
});
