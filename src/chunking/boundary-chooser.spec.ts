import { chooseBoundaries, reasonOfCut } from './boundary-chooser';
import type { CutKind } from './chunk';
import { measureDrift } from './drift';
import type { Window } from './window-planner';

const windowsOf = (...parts: [CutKind, number][]): Window[] =>
  parts.map(([cut, tokens], i) => ({ start: i, end: i + 1, tokens, gapTokens: 0, cut, headingPath: [] }));
const options = { maxTokens: 100, minTokens: 10, driftThreshold: 0.5 };
const sizes = (windows: Window[], vectors: Float32Array[] | null = null) =>
  chooseBoundaries(windows, vectors && measureDrift(vectors).drift, options).map(({ first, last }) =>
    windows.slice(first, last + 1).reduce((sum, { tokens }) => sum + tokens, 0),
  );
const repeat = (cut: CutKind, tokens: number, times: number) =>
  Array.from({ length: times }, (): [CutKind, number] => [cut, tokens]);

describe('chooseBoundaries', () => {
  it('keeps paragraphs apart and whole', () => {
    expect(sizes(windowsOf(['block', 30], ['sentence', 30], ['block', 40]))).toEqual([60, 40]);
  });

  it('joins what is below the minimum, not over a section where it can be helped', () => {
    expect(sizes(windowsOf(['section', 30], ['block', 5], ['section', 30]))).toEqual([35, 30]);
  });

  it('keeps lists, code and tables whole where they fit, and evens out their parts where they do not', () => {
    expect(sizes(windowsOf(['block', 30], ...repeat('item', 30, 2)))).toEqual([90]);
    expect(sizes(windowsOf(['block', 30], ...repeat('row', 30, 3)))).toEqual([60, 60]);
  });

  it('exceeds the maximum only where one window does', () => {
    expect(sizes(windowsOf(['block', 150], ['word', 150], ['block', 60], ['word', 60]))).toEqual([
      150, 150, 60, 60,
    ]);
  });

  it('cuts long text in its valleys of similarity', () => {
    const windows = windowsOf(...repeat('sentence', 15, 7));
    const vectors = windows.map((_, i) => Float32Array.from(i < 3 ? [1, 0] : [0, 1]));
    expect(sizes(windows, vectors)[0]).toBe(45);
  });

  it('falls back into its old boundaries behind an edit', () => {
    const tokens = Array.from({ length: 400 }, (_, i) => 15 + ((i * i * 7919) % 31));
    const angles = tokens.map((_, i) => Math.floor(i / 5) + ((i * i * 104729) % 97) / 97);
    const division = (edit: number) => {
      const windows = windowsOf(...tokens.map((t, i): [CutKind, number] => ['sentence', i === 3 ? edit : t]));
      const vectors = angles.map((angle) => Float32Array.from([Math.cos(angle), Math.sin(angle)]));
      return new Set(
        chooseBoundaries(windows, measureDrift(vectors).drift, options).map(({ first }) => first),
      );
    };
    const [before, after] = [division(15), division(90)];
    const moved = [...before].filter((first) => !after.has(first));
    expect(moved.length).toBeGreaterThan(0);
    expect(Math.max(...moved)).toBeLessThan(30);
  });

  it('divides no windows into no runs, and bears vectors that are not numbers', () => {
    expect(chooseBoundaries([], null, options)).toEqual([]);
    const windows = windowsOf(...repeat('sentence', 40, 4));
    expect(
      sizes(
        windows,
        windows.map(() => Float32Array.from([NaN, NaN])),
      ),
    ).toEqual(sizes(windows));
  });
});

describe('reasonOfCut', () => {
  const reason = (cut: CutKind, tokens: number, drift: number | null) =>
    reasonOfCut(
      windowsOf(['block', 50], [cut, tokens]),
      drift === null ? null : Float32Array.from([0, drift]),
      { first: 0, last: 0 },
      { first: 1, last: 1 },
      options,
    );

  it('names what spoke for a cut, strongest first', () => {
    expect(reason('section', 60, 2)).toBe('section');
    expect(reason('sentence', 60, 2)).toBe('drift');
    expect(reason('row', 60, 2)).toBe('size');
    expect(reason('sentence', 60, 0)).toBe('size');
    expect(reason('block', 50, null)).toBe('paragraph');
    expect(reason('sentence', 50, -1)).toBe('evenness');
  });
});
