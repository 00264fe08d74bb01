import { decodeCursor, encodeCursor, pageOf } from './page-cursor';

describe('cursors', () => {
  it('come back as they were', () => {
    expect(decodeCursor(encodeCursor(17), (position) => /^\d+$/.test(position))).toBe('17');
    expect(decodeCursor(undefined, () => false)).toBeUndefined();
  });

  it.each(['', '%%%', 'ä', 'MTs', encodeCursor("1' OR '1'='1")])('are refused when made up: %j', (cursor) => {
    expect(() => decodeCursor(cursor, (position) => /^\d+$/.test(position))).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', message: expect.stringContaining('cursor') }),
    );
  });

  it('lead to the next page as long as there is one', () => {
    const first = pageOf([1, 2, 3], 2, (n) => n);
    expect(first).toEqual({ rows: [1, 2], nextCursor: encodeCursor(2) });
    expect(pageOf([3], 2, (n) => n)).toEqual({ rows: [3], nextCursor: null });
    expect(pageOf([], 2, (n) => n)).toEqual({ rows: [], nextCursor: null });
  });
});
