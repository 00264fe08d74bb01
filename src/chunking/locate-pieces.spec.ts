import { locatePieces } from './locate-pieces';

const locate = (text: string, pieces: string[], segment = { start: 0, end: text.length }) =>
  [...locatePieces(text, segment, pieces)].map(({ start, end }) => [start, end]);

describe('locatePieces', () => {
  it('finds pieces in order, though their text occurs elsewhere too', () => {
    expect(locate('a b a b a', ['a b', ' a', 'b a'])).toEqual([
      [0, 3],
      [4, 5],
      [6, 9],
    ]);
  });

  it('leaves nothing out between pieces that overlap, however they repeat themselves', () => {
    expect(locate('xx xx xx xx', ['xx xx', 'xx xx xx'])).toEqual([
      [0, 5],
      [3, 11],
    ]);
  });

  it('passes over what is not there and what adds nothing', () => {
    expect(locate('one two', ['one', 'three', ' ', 'one', 'two'])).toEqual([
      [0, 3],
      [4, 7],
    ]);
    expect(locate('one one', ['one'], { start: 3, end: 7 })).toEqual([[4, 7]]);
  });
});
