import type { Passage } from './passage';

/** Passages that follow each other in one document, for one quotation: `text` is the document's, without repetition. */
export interface PassageRun<P extends RunPassage = Passage> {
  /** In the document's order; each stays what a citation of its own points to. */
  passages: P[];
  /** Where the first of them stood among all passages, from 0: the run takes its place. */
  rank: number;
  /** Contents of all, joined; what one chunk repeats of the one before (`CHUNK_OVERLAP`) is there once. */
  text: string;
}

/** What of a passage decides about its neighbours. */
export type RunPassage = Pick<
  Passage,
  'documentId' | 'version' | 'ordinal' | 'start' | 'end' | 'content' | 'headingPath'
>;

/**
 * Joins passages that are neighbours in the same version of a document and under the same headings, so that a prompt
 * quotes a stretch of text once and in its order instead of in pieces by rank. Nothing is lost or doubled: every passage is in
 * exactly one run.
 * @param passages by falling score
 * @returns runs in the order of their best passages
 */
export function joinAdjacent<P extends RunPassage>(passages: readonly P[]): PassageRun<P>[] {
  const byPlace = passages
    .map((passage, rank) => ({ passage, rank }))
    .sort(
      (a, b) =>
        compare(a.passage.documentId, b.passage.documentId) ||
        a.passage.version - b.passage.version ||
        a.passage.ordinal - b.passage.ordinal,
    );
  const runs: PassageRun<P>[] = [];
  for (const { passage, rank } of byPlace) {
    const run = runs.at(-1);
    const last = run?.passages.at(-1);
    if (run && last && follows(last, passage)) {
      run.text = joined(run.text, last, passage);
      run.passages.push(passage);
      run.rank = Math.min(run.rank, rank);
    } else runs.push({ passages: [passage], rank, text: passage.content });
  }
  return runs.sort((a, b) => a.rank - b.rank);
}

function follows(a: RunPassage, b: RunPassage): boolean {
  return (
    a.documentId === b.documentId &&
    a.version === b.version &&
    a.ordinal + 1 === b.ordinal &&
    a.headingPath.length === b.headingPath.length &&
    a.headingPath.every((heading, i) => heading === b.headingPath[i])
  );
}

/** The offsets say how much `next` repeats; it is left out only where the texts agree that it does. */
function joined(text: string, last: RunPassage, next: RunPassage): string {
  const repeated = last.end - next.start;
  if (repeated > 0 && text.endsWith(next.content.slice(0, repeated)))
    return text + next.content.slice(repeated);
  return repeated === 0 ? text + next.content : `${text}\n${next.content}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
