/** A value of a table; numbers are shown with three decimals unless they are whole, null as a dash. */
export type Cell = string | number | boolean | null;

/** Rows of the same keys as an aligned table, numbers to the right; the keys are the head. */
export function formatTable(rows: readonly Readonly<Record<string, Cell>>[]): string {
  if (rows.length === 0) return '(nothing)\n';
  const names = Object.keys(rows[0]);
  const lines = [names, ...rows.map((row) => names.map((name) => show(row[name])))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const isText = names.map((name) => rows.some((row) => typeof row[name] === 'string'));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (isText[i] ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Rounds to what a measurement means: `digits` decimals. */
export function rounded(value: number, digits?: number): number;
export function rounded(value: number | null, digits?: number): number | null;
export function rounded(value: number | null, digits = 4): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}

function show(cell: Cell): string {
  if (cell === null) return '-';
  return typeof cell === 'number' && !Number.isInteger(cell) ? cell.toFixed(3) : String(cell);
}
