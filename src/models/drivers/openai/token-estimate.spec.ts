import { estimateTokens, truncateToTokens } from './token-estimate';

describe('estimateTokens', () => {
  it('counts as cl100k_base does', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens('hello world')).toBe(2);
    expect(estimateTokens('tiktoken is great!')).toBe(6);
  });

  it('takes control tokens for text', () => {
    expect(estimateTokens('a <|endoftext|> b')).toBeGreaterThan(4);
  });

  it('never counts less than there is, and quickly, in runs without a break', () => {
    expect(estimateTokens('a'.repeat(60_000))).toBe(60_001);
    expect(estimateTokens('漢'.repeat(1000))).toBe(3001);
    expect(estimateTokens(`x${' '.repeat(60_000)}y`)).toBe(60_002);
    expect(estimateTokens('!'.repeat(60_000))).toBe(60_001);
  });

  it('counts bytes in a text that would take too long to count', () => {
    expect(estimateTokens('é '.repeat(40_000))).toBe(120_000);
  });
});

describe('truncateToTokens', () => {
  it('leaves short texts as they are', () => {
    const text = 'short enough';
    expect(truncateToTokens(text, 100)).toBe(text);
    expect(truncateToTokens('the quick brown fox', 5)).toBe('the quick brown fox');
  });

  it('keeps a beginning that fits and wastes little', () => {
    const text = 'The committee adjourned the meeting until Monday. '.repeat(500);
    const head = truncateToTokens(text, 300);
    expect(text.startsWith(head)).toBe(true);
    expect(estimateTokens(head)).toBeLessThanOrEqual(300);
    expect(estimateTokens(head)).toBeGreaterThan(270);
  });

  it('does not cut a character in two', () => {
    for (let max = 1; max < 12; max++) {
      const head = truncateToTokens('🦜'.repeat(20), max);
      expect(head).not.toMatch(/[\ud800-\udbff]$/);
    }
  });
});
