import { pageOf, toLabel } from './parsed-document';

const PAGES = [
  { start: 0, label: '1' },
  { start: 100, label: '2' },
  { start: 250, label: '3' },
];

describe('pageOf', () => {
  it.each<[number, number, string]>([
    [0, 100, '1'],
    [0, 101, '1–2'],
    [100, 101, '2'],
    [99, 251, '1–3'],
    [300, 900, '3'],
  ])('tells the page of %d to %d', (start, end, page) => {
    expect(pageOf(PAGES, start, end)).toBe(page);
  });

  it('knows documents without pages', () => {
    expect(pageOf([], 0, 10)).toBeNull();
  });
});

describe('toLabel', () => {
  it('is one short line', () => {
    expect(toLabel(' Budget\n2025\u0000 ')).toBe('Budget 2025');
    expect(toLabel('x'.repeat(100))).toHaveLength(64);
  });
});
