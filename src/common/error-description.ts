const MAX_CAUSES = 5;

/**
 * An error for the log: its stack and those of its causes. Properties that drivers attach (statements, their
 * parameters, request configurations with keys) are left out, because they carry users' data.
 */
export function describeError(error: unknown): string {
  const lines: string[] = [];
  let next = error;
  for (let i = 0; i <= MAX_CAUSES && next != null; i++) {
    lines.push(
      next instanceof Error ? (next.stack ?? `${next.name}: ${next.message}`) : `thrown: ${typeof next}`,
    );
    next = next instanceof Error ? next.cause : null;
  }
  return lines.join('\ncaused by ');
}
