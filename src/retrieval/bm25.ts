/** How fast further occurrences of a word stop counting; with {@link B} the values of Anserini and BEIR. */
const K1 = 0.9;
/** How much a chunk's length counts against it, 0 to 1. */
const B = 0.4;

/** A word of a question. */
export interface QueryTerm {
  lexeme: string;
  /** Chunks of the collection that hold it; at least 1. */
  chunkCount: number;
  /** Inverse document frequency times its occurrences in the question. */
  weight: number;
}

/**
 * Inverse document frequency, always positive.
 * @see Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; the + 1 is Lucene's
 */
export function idf(chunkCount: number, collectionChunks: number): number {
  return Math.log(1 + (Math.max(collectionChunks, chunkCount) - chunkCount + 0.5) / (chunkCount + 0.5));
}

/**
 * BM25 as an SQL expression. Postgres keeps no term frequency that a statement could read cheaply, but `ts_rank` of a
 * single word that stands *n* times, all weights 1, is (1 + 1/4 + … + 1/n²) · 6/π², and what is missing to 1 is
 * 6/π² / (n + ½) but for less than 1 %: so *n* can be told from it, exactly for every *n* that matters.
 * @param columns SQL of the chunk's tsvector, its length and the collection's average length
 * @param parameters the statement's parameters so far; those of the expression are appended
 */
export function bm25Sql(
  terms: readonly QueryTerm[],
  columns: { search: string; length: string; averageLength: string },
  parameters: unknown[],
): string {
  const place = (value: unknown) => `$${parameters.push(value)}`;
  const norm = `(${K1} * (${1 - B} + ${B} * ${columns.length} / ${columns.averageLength}::float8))`;
  return terms
    .map(({ lexeme, weight }) => {
      const rank = `ts_rank('{1,1,1,1}', ${columns.search}, ${place(tsqueryOperand(lexeme))}::tsquery)`;
      const frequency = `round((${6 / Math.PI ** 2})::float8 / greatest(1 - ${rank}, 1e-6) - 0.5)`;
      // A word that is not there has rank 0, hence frequency round(0.1) = 0.
      return `${place(weight)}::float8 * ${K1 + 1} * ${frequency} / (${frequency} + ${norm})`;
    })
    .join('\n         + ');
}

/** A word as the operand of a tsquery, quoted. */
export function tsqueryOperand(lexeme: string): string {
  return `'${lexeme.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;
}
