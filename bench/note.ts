/** Tells whoever runs a bench how far it is, with the seconds since it was started. */
export function note(text: string): void {
  process.stderr.write(`${(performance.now() / 1000).toFixed(0)} s: ${text}\n`);
}
