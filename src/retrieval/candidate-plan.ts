import type { QueryTerm } from './bm25';

/** Which chunks are scored: those with one of some words, or with two of some others. */
export interface CandidatePlan {
  anyOf: QueryTerm[];
  twoOf: QueryTerm[];
  /** The weights of the words that a chunk outside the plan can hold add up to this at most; 0 if none is outside. */
  weightOutside: number;
  /** Estimated number of candidates, if words were spread independently of each other. */
  expectedChunks: number;
}

/** What it costs to read an entry of a posting list, to fetch a candidate, and to score one word of it. */
const COST = { posting: 0.25, candidate: 1, word: 0.3 };

/**
 * Chooses candidates so that few chunks are read, and those left out can score but little: chunks with one of the
 * `s` rarest words, or with two of the `p` rarest. A chunk outside holds at most one word between the two, and
 * what is more common than both; `s` and `p` make that bound as small as the budget allows. So common words are
 * hardly searched for, while they count in the score of whatever is found.
 *
 * This is what an inverted index of Postgres can answer of WAND: "chunks whose words weigh enough together".
 * @param terms rarest first, at least one
 * @param collectionChunks chunks of the collection
 * @param budget about how many chunks may be fetched and scored; exceeded only where every plan does
 * @see Broder et al., "Efficient Query Evaluation using a Two-Level Retrieval Process", CIKM 2003
 */
export function planCandidates(
  terms: readonly QueryTerm[],
  collectionChunks: number,
  budget: number,
): CandidatePlan {
  const weightFrom = suffixSums(terms.map(({ weight }) => weight));
  const rowCost = COST.candidate + COST.word * terms.length;
  let best: { s: number; p: number; outside: number; expected: number } | undefined;
  let cheapest: { s: number; p: number; outside: number; expected: number; cost: number } | undefined;

  let singles = 0;
  for (let s = 0; s <= terms.length; s++) {
    if (s > 0) singles += terms[s - 1].chunkCount;
    let pairs = 0;
    let postings = singles;
    for (let p = s; p <= terms.length; p++) {
      if (p > s) {
        // The longest list of the pairs is only probed where another word was found.
        if (p > s + 1) postings += terms[p - 2].chunkCount;
        for (let i = s; i < p - 1; i++)
          pairs += (terms[i].chunkCount * terms[p - 1].chunkCount) / Math.max(1, collectionChunks);
      }
      // No plan at all, and a pair of one word.
      if (p === 0 || p === s + 1) continue;
      const expected = Math.min(collectionChunks, singles + pairs);
      const outside = p === s ? weightFrom[s] : terms[s].weight + weightFrom[p];
      const cost = COST.posting * postings + rowCost * expected;
      if (cost <= budget * rowCost && (!best || outside < best.outside)) best = { s, p, outside, expected };
      if (!cheapest || cost < cheapest.cost) cheapest = { s, p, outside, expected, cost };
    }
  }
  const { s, p, outside, expected } = (best ?? cheapest)!;
  return {
    anyOf: terms.slice(0, s),
    twoOf: terms.slice(s, p),
    weightOutside: outside,
    expectedChunks: expected,
  };
}

/**
 * The text form of the plan's tsquery.
 * @param operandOf a word as the operand of a tsquery, quoted
 */
export function candidateQuery(
  { anyOf, twoOf }: CandidatePlan,
  operandOf: (lexeme: string) => string,
): string {
  const singles = anyOf.map(({ lexeme }) => operandOf(lexeme));
  const paired = twoOf.map(({ lexeme }) => operandOf(lexeme));
  const pairs = paired.slice(0, -1).map((word, i) => `${word} & (${paired.slice(i + 1).join(' | ')})`);
  return [...singles, ...pairs].join(' | ');
}

/** Element `i` is the sum of all values from `i` on; one element more than values. */
function suffixSums(values: readonly number[]): number[] {
  const sums = new Array<number>(values.length + 1).fill(0);
  for (let i = values.length - 1; i >= 0; i--) sums[i] = sums[i + 1] + values[i];
  return sums;
}
