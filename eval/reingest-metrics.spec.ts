import { recutCounts, reingestShares } from './reingest-metrics';

const words = (text: string) => text.split(/\s+/u).length;

describe('reingestShares', () => {
  it('counts changed paragraphs and chunks as by hand', () => {
    const file = {
      before: 'one two\n\nthree four\n\nfive six',
      after: 'one two\n\nthree 4 plus\n\nfive six',
      chunksBefore: ['one two', 'three four five six'],
      chunksAfter: ['one two', 'three 4 plus five six'],
    };
    expect(reingestShares([recutCounts(file, words)])).toEqual({
      changedTokenShare: 3 / 7,
      reembeddedChunkShare: 1 / 2,
      reembeddedTokenShare: 5 / 7,
    });
  });

  it('keeps files apart: a chunk of another file is not known', () => {
    const first = { before: 'a b', after: 'a b', chunksBefore: ['a b'], chunksAfter: ['a b'] };
    const second = { before: 'c d', after: 'a b', chunksBefore: ['c d'], chunksAfter: ['a b'] };
    expect(reingestShares([first, second].map((file) => recutCounts(file, words))).reembeddedChunkShare).toBe(
      0.5,
    );
  });
});
