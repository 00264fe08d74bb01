import { buildChunks } from './chunk-builder';
import type { Window } from './window-planner';

const words = (text: string) => text.match(/\S+/g)?.length ?? 0;
const text = 'one two three four five six';
const windows: Window[] = [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => ({
  start: index,
  end: index + word.length,
  tokens: 1,
  gapTokens: 0,
  cut: 'sentence',
  headingPath: ['H'],
}));
const options = { maxTokens: 3, overlapTokens: 0, countTokens: words };
const contents = (runs: [number, number][], overrides: Partial<typeof options> = {}) =>
  buildChunks(
    text,
    windows,
    runs.map(([first, last]) => ({ first, last })),
    { ...options, ...overrides },
  ).map(({ content }) => content);

describe('buildChunks', () => {
  it('makes exact slices with their windows and headings, numbered on from the given ordinal', () => {
    const [chunk] = buildChunks(text, windows, [{ first: 1, last: 2 }], options, 7);
    expect(chunk).toEqual({
      ordinal: 7,
      start: 4,
      end: 13,
      content: 'two three',
      tokenCount: 2,
      headingPath: ['H'],
      windows: [
        { start: 4, end: 7 },
        { start: 8, end: 13 },
      ],
    });
  });

  it('repeats whole windows as overlap as far as both limits allow', () => {
    expect(contents([[2, 3]], { overlapTokens: 2 })).toEqual(['two three four']);
    expect(
      contents(
        [
          [0, 1],
          [2, 2],
        ],
        { overlapTokens: 1 },
      ),
    ).toEqual(['one two', 'two three']);
  });

  it('splits a run that counts more than its windows together', () => {
    const seams = (part: string) => words(part) * 2 - 1;
    expect(contents([[0, 3]], { countTokens: seams })).toEqual(['one two', 'three four']);
    // The overlap goes first.
    expect(contents([[2, 3]], { countTokens: seams, overlapTokens: 1 })).toEqual(['three four']);
  });

  it('splits a single window that counts more than it was planned with', () => {
    expect(contents([[2, 2]], { countTokens: (part) => part.length })).toEqual(['thr', 'ee']);
  });
});
