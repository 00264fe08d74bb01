/** How fast further occurrences of a word stop counting; the value of Anserini and BEIR. */
export const K1 = 0.9;
/** How much a text's length counts against it, 0 to 1; between BEIR's 0.4 and the textbooks' 0.75. */
export const B = 0.55;

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
 * How often a word occurs in a tsvector, as an SQL expression. Postgres keeps no frequency that a statement could read
 * cheaply, but `ts_rank` of a single word that occurs *n* times, all weights 1, is (1 + 1/4 + … + 1/n²) · 6/π², and
 * what is missing to 1 is 6/π² / (n + ½) but for less than 1 %: so *n* can be derived from it, exactly up to the 255
 * positions that a tsvector keeps. A word that is not there has rank 0, hence round(0.1) = 0.
 * @param search SQL of the tsvector
 * @param operand SQL of the word as a tsquery
 */
export function frequencySql(search: string, operand: string): string {
  return `round(${6 / Math.PI ** 2}::float8 / greatest(1 - ts_rank('{1,1,1,1}', ${search}, ${operand}), 1e-6) - 0.5)`;
}

/**
 * What the length of a text, in occurrences of indexed words, adds to each frequency, as an SQL expression.
 * @param length SQL of the text's length
 * @param averageLength SQL of the collection's average, above 0
 */
export function lengthNormSql(length: string, averageLength: string): string {
  // Without the casts Postgres would multiply in numeric, which is slow.
  return `${K1} * (${1 - B} + ${B}::float8 * (${length})::float8 / ${averageLength}::float8)`;
}

/**
 * BM25 as an SQL expression.
 * @param terms SQL of each word's weight and of its frequency in the text
 * @param norm SQL of {@link lengthNormSql}
 */
export function bm25Sql(terms: readonly { weight: string; frequency: string }[], norm: string): string {
  return terms
    .map(
      ({ weight, frequency }) => `${weight}::float8 * ${K1 + 1} * (1 - ${norm} / (${norm} + ${frequency}))`,
    )
    .join('\n           + ');
}

/** The BM25 score that no text exceeds, however often it holds the words. */
export function maxBm25(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight * (K1 + 1), 0);
}

/** A word as the operand of a tsquery, quoted. */
export function tsqueryOperand(lexeme: string): string {
  return `'${lexeme.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;
}
