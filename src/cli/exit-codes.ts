/** Exit codes of the command-line client; `npx evergreen --help` lists the same. */
export const EXIT_CODES = {
  ok: 0,
  /** Some documents failed; the others are searchable. */
  someFailed: 1,
  /** Wrong command, or its files do not exist. */
  usage: 2,
  /** No service at the URL, or it is not ready. */
  unreachable: 3,
  /** The service refused the request: missing or wrong API key, unknown collection or job, invalid question. */
  refused: 4,
} as const;
