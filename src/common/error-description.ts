import { types } from 'node:util';

const MAX_CAUSES = 5;

/**
 * An error for the log: its stack and those of its causes. Properties that drivers attach (statements, their
 * parameters, request configurations with keys) are left out, because they carry users' data.
 */
export function describeError(error: unknown): string {
  const lines: string[] = [];
  let next = error;
  for (let i = 0; i <= MAX_CAUSES && next != null; i++) {
    const isError = next instanceof Error || types.isNativeError(next);
    lines.push(isError ? ((next as Error).stack ?? String(next)) : `thrown: ${typeof next}`);
    next = isError ? (next as Error).cause : null;
  }
  return lines.join('\ncaused by ');
}
