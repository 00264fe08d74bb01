/** A row of a table; what is not known of it is null or blank. */
export type Row = readonly (string | null)[];

/** Names of columns are short, and none of them is a number. */
const MAX_NAME_LENGTH = 100;
const NUMBER = /^[\s\d.,:%€$£+-]+$/;

/**
 * A table as text that stays understandable wherever it is cut: a line per row that names its columns,
 * `- Name: Alice; City: Rome`, where the first row holds names, else the cells as they are.
 * @yields a line per row that holds something
 */
export function* recordLines(rows: Iterable<Row>): Generator<string> {
  let names: string[] | null | undefined;
  for (const row of rows) {
    const cells = row.map((cell) => (cell ?? '').replace(/\s+/g, ' ').trim());
    if (cells.every((cell) => cell === '')) continue;
    if (names === undefined) {
      names = areNames(cells) ? cells : null;
      // Of a table without rows they are all there is.
      yield names === null ? lineOf(cells, null) : `Columns: ${names.filter(Boolean).join(', ')}`;
    } else yield lineOf(cells, names);
  }
}

function lineOf(cells: readonly string[], names: readonly string[] | null): string {
  const parts = cells.flatMap((cell, i) => {
    if (cell === '') return [];
    return names?.[i] ? [`${names[i]}: ${cell}`] : [cell];
  });
  return `- ${parts.join('; ')}`;
}

/** A first row is taken for names if it has at least two different cells, each short and none a number. */
function areNames(cells: readonly string[]): boolean {
  const given = cells.filter((cell) => cell !== '');
  return (
    given.length >= 2 &&
    new Set(given).size === given.length &&
    given.every((cell) => cell.length <= MAX_NAME_LENGTH && !NUMBER.test(cell))
  );
}
