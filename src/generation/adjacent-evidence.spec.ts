import { joinAdjacent } from './adjacent-evidence';
import type { Evidence } from './answer-writer';

const TEXT = 'One is first. Two is second. Three is third. Four is fourth.';
const CUTS = [0, 14, 29, 45, TEXT.length];

const evidence = (ordinal: number, more: Partial<Evidence> = {}): Evidence => {
  const [start, end] = [CUTS[ordinal], CUTS[ordinal + 1]];
  return {
    documentId: 'd',
    version: 1,
    ordinal,
    start,
    end,
    title: 'Title',
    content: TEXT.slice(start, end),
    headingPath: [],
    score: 1,
    ...more,
  };
};
const textsOf = (items: Evidence[]) => joinAdjacent(items).map(({ parts }) => parts.map(({ text }) => text));

describe('joinAdjacent', () => {
  it('joins neighbours in the order of the document, at the place of the best, under their own numbers', () => {
    const other = evidence(0, { documentId: 'e' });
    expect(joinAdjacent([evidence(2), other, evidence(1)])).toEqual([
      {
        title: 'Title',
        headingPath: [],
        parts: [
          { n: 3, text: 'Two is second. ' },
          { n: 1, text: 'Three is third. ' },
        ],
      },
      { title: 'Title', headingPath: [], parts: [{ n: 2, text: 'One is first. ' }] },
    ]);
  });

  it('joins all chunks of a document to its text', () => {
    const [parts, ...others] = textsOf([3, 0, 2, 1].map((ordinal) => evidence(ordinal)));
    expect(parts.join('')).toBe(TEXT);
    expect(others).toEqual([]);
  });

  it.each([
    ['a gap', [evidence(0), evidence(2)]],
    ['another document', [evidence(0), evidence(1, { documentId: 'e' })]],
    ['another version', [evidence(0), evidence(1, { version: 2 })]],
    ['another heading', [evidence(0), evidence(1, { headingPath: ['Part'] })]],
  ])('keeps apart what is parted by %s', (_what, items) => {
    expect(textsOf(items)).toEqual(items.map(({ content }) => [content]));
  });

  it('says once what the second chunk repeats of the first', () => {
    const overlapping = evidence(1, { start: 7, content: TEXT.slice(7, 29) });
    expect(textsOf([evidence(0), overlapping])).toEqual([['One is first. ', 'Two is second. ']]);
  });

  it.each([
    ['offsets and texts disagree', evidence(1, { start: 7, content: 'Something else.' })],
    ['a chunk says nothing new', evidence(1, { start: 7, content: 'first. ' })],
  ])('leaves nothing out where %s', (_what, odd) => {
    expect(textsOf([evidence(0), odd])).toEqual([['One is first. ', odd.content]]);
  });

  it('has nothing to join in nothing', () => {
    expect(joinAdjacent([])).toEqual([]);
  });
});
