import { textStretches } from './text-stretches';

const stretches = (text: string, length: number) =>
  [...textStretches(text, length)].map(({ start, end }) => text.slice(start, end));

describe('textStretches', () => {
  it('ends at a blank line if there is one in reach, else at a line, else at a space', () => {
    expect(stretches('aa bbb\n\nc d\ne', 10)).toEqual(['aa bbb\n\n', 'c d\ne']);
    expect(stretches('aa bb\nc d e', 10)).toEqual(['aa bb\n', 'c d e']);
    expect(stretches('aa bb c d', 8)).toEqual(['aa bb c ', 'd']);
  });

  it('splits no surrogate pair and leaves nothing out', () => {
    expect(stretches('a😀😀😀', 4)).toEqual(['a😀', '😀😀']);
    expect(stretches('', 4)).toEqual([]);
  });
});
