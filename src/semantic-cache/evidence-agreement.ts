/** Jaccard overlap (0 to 1) of what two questions find, as content hashes of passages. */
export function evidenceAgreement(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((hash) => b.has(hash)).length;
  return shared / Math.max(1, a.size + b.size - shared);
}
