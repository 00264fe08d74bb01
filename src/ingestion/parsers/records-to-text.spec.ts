import { recordLines, type Row } from './records-to-text';

const lines = (...rows: Row[]) => [...recordLines(rows)];

describe('recordLines', () => {
  it('names the columns in every row, and leaves out what is empty', () => {
    expect(
      lines(['Name', 'City', ''], ['Ada', null, 'extra'], ['', '', ''], ['Bob', 'Bern\n(BE)', '']),
    ).toEqual(['Columns: Name, City', '- Name: Ada; extra', '- Name: Bob; City: Bern (BE)']);
  });

  it.each<[string, Row]>([
    ['numbers', ['1', '2']],
    ['a single cell', ['Name']],
    ['the same twice', ['x', 'x']],
    ['a long text', ['a', 'word '.repeat(40)]],
  ])('takes no names from a first row of %s', (_what, row) => {
    expect(lines(row, ['a', 'b'])[1]).toBe('- a; b');
  });
});
