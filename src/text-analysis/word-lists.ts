/** The words of a list as the data files hold it: separated by spaces. */
export function wordSet(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

/** The pairs of a table as the data files hold it: `key=value`, separated by spaces. */
export function wordMap(table: string): ReadonlyMap<string, string> {
  return new Map(table.split(' ').map((pair) => pair.split('=') as [string, string]));
}
