/** How the command-line client ends; `npx evergreen --help` lists the same. */
export const EXIT_CODES = {
  ok: 0,
  /** Some documents failed; the others are searchable. */
  someFailed: 1,
  /** The command was not understood, or names nothing. */
  usage: 2,
  /** Nobody answers at the URL, or the service is not ready. */
  unreachable: 3,
  /** The service refuses: no or a wrong API key, an unknown collection or job, a question that it does not take. */
  refused: 4,
} as const;
