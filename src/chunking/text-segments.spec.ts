import { textSegments } from './text-segments';

const segments = (text: string, length: number) =>
  [...textSegments(text, length)].map(({ start, end }) => text.slice(start, end));

describe('textSegments', () => {
  it('ends at a blank line if there is one in reach, else at a line, else at a space', () => {
    expect(segments('aa bbb\n\nc d\ne', 10)).toEqual(['aa bbb\n\n', 'c d\ne']);
    expect(segments('aa bb\nc d e', 10)).toEqual(['aa bb\n', 'c d e']);
    expect(segments('aa bb c d', 8)).toEqual(['aa bb c ', 'd']);
  });

  it('splits no surrogate pair and leaves nothing out', () => {
    expect(segments('a😀😀😀', 4)).toEqual(['a😀', '😀😀']);
    expect(segments('', 4)).toEqual([]);
  });
});
