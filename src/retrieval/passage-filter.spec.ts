import { canonicalFilter, filterConditions } from './passage-filter';

describe('filterConditions', () => {
  it('puts every value into the parameters and none into the text', () => {
    const hostile = "x'; DROP TABLE document; --";
    const parameters: unknown[] = ['given'];
    const sql = filterConditions(
      {
        documentIds: [hostile],
        externalIds: [hostile],
        metadata: { [hostile]: { eq: hostile, in: [hostile], gt: hostile, exists: true }, plain: hostile },
      },
      parameters,
    ).join(' ');
    expect(sql).not.toContain('DROP');
    expect(parameters[0]).toBe('given');
    for (const [, position] of sql.matchAll(/\$(\d+)/g))
      expect(Number(position)).toBeLessThanOrEqual(parameters.length);
  });

  it('matches nothing for an empty list', () => {
    expect(filterConditions({ metadata: { region: { in: [] } } }, [])).toEqual(['false']);
  });

  it('has no condition for an empty filter', () => {
    expect(filterConditions({}, [])).toEqual([]);
  });
});

describe('canonicalFilter', () => {
  it('is equal for filters that differ in order only', () => {
    const a = { metadata: { b: { in: ['y', 'x'] }, a: 1 }, documentIds: ['2', '1'] };
    const b = { documentIds: ['1', '2'], metadata: { a: 1, b: { in: ['x', 'y'] } } };
    expect(canonicalFilter(a)).toBe(canonicalFilter(b));
  });

  it('tells values of different types apart', () => {
    const of = (value: string | number | boolean | null) => canonicalFilter({ metadata: { a: value } });
    expect(new Set([of('1'), of(1), of(true), of('true'), of(null)]).size).toBe(5);
  });
});
