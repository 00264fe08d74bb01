/** A half-open range of UTF-16 offsets in one document. */
export interface Span {
  document: string;
  start: number;
  end: number;
}

/** Shares, 0 to 1. */
export interface SpanScores {
  /** Of the gold spans, what was retrieved. */
  recall: number;
  /** Of what was retrieved, what is gold. */
  precision: number;
  /** Intersection over union: what is both, of what is retrieved or gold. */
  iou: number;
}

/**
 * How well retrieved chunks cover gold spans, by length. Text that several chunks repeat counts once as found and as
 * often as it was retrieved.
 * @param gold not empty, without overlaps
 * @see Smith and Troynikov, Evaluating Chunking Strategies for Retrieval, Chroma 2024
 */
export function spanScores(gold: readonly Span[], retrieved: readonly Span[]): SpanScores {
  const found = lengthOf(overlaps(gold, retrieved));
  const all = sum(gold);
  const taken = sum(retrieved);
  return {
    recall: found / all,
    precision: taken === 0 ? 0 : found / taken,
    iou: found / (taken + all - found),
  };
}

/** The precision (0 to 1) of a retrieval that returns exactly the chunks that hold something gold. */
export function precisionOmega(gold: readonly Span[], chunks: readonly Span[]): number {
  const touching = chunks.filter((chunk) => overlaps(gold, [chunk]).length > 0);
  return touching.length === 0 ? 0 : lengthOf(overlaps(gold, touching)) / lengthOf(touching);
}

/** Recall (0 to 1) of the first chunks that together hold at most `budget` tokens; the first that would not fit ends it. */
export function recallWithin(
  budget: number,
  gold: readonly Span[],
  retrieved: readonly (Span & { tokens: number })[],
): number {
  let tokens = 0;
  const end = retrieved.findIndex((chunk) => (tokens += chunk.tokens) > budget);
  return spanScores(gold, end < 0 ? retrieved : retrieved.slice(0, end)).recall;
}

function overlaps(gold: readonly Span[], spans: readonly Span[]): Span[] {
  return gold.flatMap((wanted) =>
    spans.flatMap((span) => {
      const start = Math.max(wanted.start, span.start);
      const end = Math.min(wanted.end, span.end);
      return span.document === wanted.document && start < end
        ? [{ document: span.document, start, end }]
        : [];
    }),
  );
}

function sum(spans: readonly Span[]): number {
  return spans.reduce((total, { start, end }) => total + end - start, 0);
}

/** Length of the union. */
function lengthOf(spans: readonly Span[]): number {
  const reached = new Map<string, number>();
  let length = 0;
  for (const { document, start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const from = Math.max(start, reached.get(document) ?? start);
    if (end <= from) continue;
    length += end - from;
    reached.set(document, end);
  }
  return length;
}
