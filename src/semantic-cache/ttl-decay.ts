import type { CacheEntry } from './cache-entry';

const DAY_MS = 86_400_000;

/**
 * How long an answer may live: the fresher its freshest source, the likelier that source changes again soon. A backstop
 * only: coherence does not depend on it.
 * @param freshestSourceMs when the freshest source document was last modified, in ms since the epoch
 * @returns seconds; not rounded, 300 at least
 * @see docs/architecture.md, "Coherence"
 */
export function ttlSecondsFor(freshestSourceMs: number, nowMs: number): number {
  // A date in the future is a clock that is wrong, or a source just written.
  const ageDays = Math.max(0, (nowMs - freshestSourceMs) / DAY_MS);
  if (ageDays > 30) return 24 * 3600;
  if (ageDays > 7) return 12 * 3600;
  return 300 * (ageDays + 1);
}

/** The moment from which an entry is not served any more, in ms since the epoch; a hit does not move it. */
export function expiresAtMs(entry: Pick<CacheEntry, 'createdAtMs' | 'ttlSeconds'>): number {
  return Math.floor(entry.createdAtMs + entry.ttlSeconds * 1000);
}
