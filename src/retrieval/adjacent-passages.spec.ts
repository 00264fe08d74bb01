import { joinAdjacent, type RunPassage } from './adjacent-passages';

const TEXT = 'One is first. Two is second. Three is third. Four is fourth.';
const CUTS = [0, 14, 29, 45, TEXT.length];

const passage = (ordinal: number, more: Partial<RunPassage> = {}): RunPassage => {
  const [start, end] = [CUTS[ordinal], CUTS[ordinal + 1]];
  return {
    documentId: 'd',
    version: 1,
    ordinal,
    start,
    end,
    content: TEXT.slice(start, end),
    headingPath: [],
    ...more,
  };
};

describe('joinAdjacent', () => {
  it('joins neighbours in the order of the document, at the place of the best', () => {
    const other = passage(0, { documentId: 'e' });
    const runs = joinAdjacent([passage(2), other, passage(1)]);
    expect(runs.map(({ text, rank }) => ({ text, rank }))).toEqual([
      { text: 'Two is second. Three is third. ', rank: 0 },
      { text: 'One is first. ', rank: 1 },
    ]);
    expect(runs[0].passages.map(({ ordinal }) => ordinal)).toEqual([1, 2]);
  });

  it('joins all chunks of a document to its text', () => {
    expect(joinAdjacent([3, 0, 2, 1].map((n) => passage(n))).map(({ text }) => text)).toEqual([TEXT]);
  });

  it.each([
    ['a gap', [passage(0), passage(2)]],
    ['another document', [passage(0), passage(1, { documentId: 'e' })]],
    ['another version', [passage(0), passage(1, { version: 2 })]],
    ['another heading', [passage(0), passage(1, { headingPath: ['Part'] })]],
  ])('keeps apart what is parted by %s', (_what, passages) => {
    expect(joinAdjacent(passages).map((run) => run.passages)).toEqual(passages.map((one) => [one]));
  });

  it('says once what the second chunk repeats of the first', () => {
    const overlapping = passage(1, { start: 7, content: TEXT.slice(7, 29) });
    expect(joinAdjacent([passage(0), overlapping])[0].text).toBe('One is first. Two is second. ');
  });

  it('loses nothing where offsets and texts disagree', () => {
    const odd = passage(1, { start: 7, content: 'Something else.' });
    expect(joinAdjacent([passage(0), odd])[0].text).toBe('One is first. \nSomething else.');
  });

  it('has nothing to join in nothing', () => {
    expect(joinAdjacent([])).toEqual([]);
  });
});
