import { hardPieces } from './hard-cut';

const codePoints = (text: string) => [...text].length;
const piecesOf = (text: string, maxTokens: number, count = codePoints) =>
  hardPieces(text, { start: 0, end: text.length }, maxTokens, count).map(({ start, end }) =>
    text.slice(start, end),
  );

describe('hardPieces', () => {
  it('cuts at white space where there is some', () => {
    expect(piecesOf('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  });

  it('cuts a long word between code points, and never a surrogate pair', () => {
    expect(piecesOf('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
    expect(piecesOf('😀😁😂😃', 3)).toEqual(['😀😁😂', '😃']);
  });

  it('keeps grapheme clusters whole where they fit', () => {
    const family = '👩‍👩‍👧‍👦';
    expect(piecesOf(family.repeat(3), 8)).toEqual([family, family, family]);
    expect(piecesOf('e\u0301'.repeat(4), 3)).toEqual(['e\u0301', 'e\u0301', 'e\u0301', 'e\u0301']);
  });

  it('splits no code point that alone exceeds the maximum', () => {
    expect(piecesOf('😀😁', 2, (text) => Buffer.byteLength(text))).toEqual(['😀', '😁']);
  });

  it('cuts runs that the tokenizer folds to nothing, too', () => {
    expect(Math.max(...piecesOf('a'.repeat(1000), 10, () => 1).map((piece) => piece.length))).toBe(60);
  });
});
