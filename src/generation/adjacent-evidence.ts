import type { Evidence } from './answer-writer';

/** Evidence that follows each other in one document, for one quotation. */
export interface EvidenceRun {
  title: string | null;
  headingPath: readonly string[];
  /** In the document's order. Their texts, one after the other, are the document's, nothing twice. */
  parts: {
    /** What the evidence is cited by: its place in the list, from 1. */
    n: number;
    /** Its content, less what it repeats of the part before (`CHUNK_OVERLAP`). */
    text: string;
  }[];
}

/**
 * Joins evidence that is next to each other in the same version of a document and under the same headings, so that a
 * prompt quotes a stretch of text in its order instead of in pieces by rank. All evidence is in exactly one run.
 * @param evidence by falling relevance
 * @returns runs in the order of their best parts
 */
export function joinAdjacent(evidence: readonly Evidence[]): EvidenceRun[] {
  const byPlace = evidence
    .map((item, rank) => ({ item, n: rank + 1 }))
    .sort(
      (a, b) =>
        compare(a.item.documentId, b.item.documentId) ||
        a.item.version - b.item.version ||
        a.item.ordinal - b.item.ordinal,
    );
  const runs: EvidenceRun[] = [];
  byPlace.forEach(({ item, n }, i) => {
    const last = i > 0 ? byPlace[i - 1].item : null;
    if (last && follows(last, item)) runs[runs.length - 1].parts.push({ n, text: newText(last, item) });
    else runs.push({ title: item.title, headingPath: item.headingPath, parts: [{ n, text: item.content }] });
  });
  return runs.sort((a, b) => bestOf(a) - bestOf(b));
}

function follows(a: Evidence, b: Evidence): boolean {
  return (
    a.documentId === b.documentId &&
    a.version === b.version &&
    a.ordinal + 1 === b.ordinal &&
    a.headingPath.length === b.headingPath.length &&
    a.headingPath.every((heading, i) => heading === b.headingPath[i])
  );
}

/** The offsets say how much `next` repeats; it is left out only where the texts agree that it does. */
function newText(last: Evidence, next: Evidence): string {
  const repeated = last.end - next.start;
  const isRepeated =
    repeated > 0 && repeated < next.content.length && last.content.endsWith(next.content.slice(0, repeated));
  return isRepeated ? next.content.slice(repeated) : next.content;
}

function bestOf({ parts }: EvidenceRun): number {
  return Math.min(...parts.map(({ n }) => n));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
