/** Prints progress to stderr, with the seconds since the start. */
export function note(text: string): void {
  process.stderr.write(`${(performance.now() / 1000).toFixed(0)} s: ${text}\n`);
}
