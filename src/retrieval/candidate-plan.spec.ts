import { idf, type QueryTerm } from './bm25';
import { candidateQuery, planCandidates } from './candidate-plan';

const CHUNKS = 100_000;
const term = (lexeme: string, chunkCount: number): QueryTerm => ({
  lexeme,
  chunkCount,
  weight: idf(chunkCount, CHUNKS),
});
const words = (terms: QueryTerm[]) => terms.map(({ lexeme }) => lexeme);
const quoted = (lexeme: string) => `'${lexeme}'`;

describe('planCandidates', () => {
  it('takes every chunk with a word of the question where these are few', () => {
    const plan = planCandidates([term('apoe4', 12), term('prion', 40), term('fold', 900)], CHUNKS, 2500);
    expect(words(plan.anyOf)).toEqual(['apoe4', 'prion', 'fold']);
    expect(plan).toMatchObject({ twoOf: [], weightOutside: 0, expectedChunks: 952 });
  });

  it('asks for two of the words that are too common to be asked for alone', () => {
    const plan = planCandidates(
      [term('uk', 450), term('excess', 1137), term('weight', 3046), term('cancer', 16_024)],
      CHUNKS,
      2500,
    );
    expect(words(plan.anyOf)).toEqual(['uk']);
    expect(words(plan.twoOf)).toEqual(['excess', 'weight', 'cancer']);
    expect(plan.weightOutside).toBeCloseTo(idf(1137, CHUNKS));
  });

  it('searches for the only word of a question, however common', () => {
    const plan = planCandidates([term('cell', 48_955)], CHUNKS, 2500);
    expect(words(plan.anyOf)).toEqual(['cell']);
  });

  it('stays near its budget when every word is common', () => {
    const common = [20_031, 21_283, 25_178, 29_892, 48_955].map((count, i) => term(`w${i}`, count));
    const plan = planCandidates(common, CHUNKS, 2500);
    expect(plan.anyOf).toEqual([]);
    expect(plan.expectedChunks).toBeLessThan(5000);
  });
});

describe('candidateQuery', () => {
  it('writes one word, or two of several', () => {
    const query = candidateQuery(
      {
        anyOf: [term('a', 1), term('b', 2)],
        twoOf: [term('c', 3), term('d', 4), term('e', 5)],
        weightOutside: 0,
        expectedChunks: 0,
      },
      quoted,
    );
    expect(query).toBe("'a' | 'b' | 'c' & ('d' | 'e') | 'd' & ('e')");
  });
});
