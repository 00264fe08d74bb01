import { drawChunks } from '../../scripts/chunk-drawing';
import type { Boundary, Chunk } from '../../src/chunking/chunk';

const text = '# Sea\n\nWaves break. Ships wait.\n\nTaxes are due.';
const chunk = (ordinal: number, headingPath: string[], ...windows: [number, number][]): Chunk => {
  const [start, end] = [windows[0][0], windows[windows.length - 1][1]];
  return {
    ordinal,
    start,
    end,
    content: text.slice(start, end),
    tokenCount: 5,
    headingPath,
    windows: windows.map(([from, to]) => ({ start: from, end: to })),
  };
};
const chunks = [chunk(0, ['Sea'], [0, 19], [20, 31]), chunk(1, [], [33, 47])];
const boundaries: Boundary[] = [
  { offset: 20, parts: 'sentence', similarity: 0.8, drift: -0.5, reason: null },
  { offset: 33, parts: 'block', similarity: 0.1, drift: 1.5, reason: 'drift' },
];

describe('drawChunks', () => {
  it('draws a line per window and a rule per chunk', () => {
    expect(drawChunks({ text, chunks, boundaries }, 50)).toBe(
      [
        'similar   drift                text',
        '── chunk 1 · 5 tokens · Sea ──────────────────────',
        '                               # Sea Waves break.',
        '   0.80   -0.50                Ships wait.',
        '── chunk 2 · 5 tokens · cut: drift ───────────────',
        '   0.10    1.50 ██████       ┃ Taxes are due.',
        '',
      ].join('\n'),
    );
  });

  it('draws chunks without a curve, cut to the terminal', () => {
    expect(drawChunks({ text, chunks: chunks.slice(1), boundaries: [] }, 12)).toBe(
      '\n── chunk 2 …\n  Taxes are…\n',
    );
  });
});
