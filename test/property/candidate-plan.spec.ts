import fc from 'fast-check';
import { idf, type QueryTerm } from '../../src/retrieval/bm25';
import { planCandidates } from '../../src/retrieval/candidate-plan';

/** Words of a question with their counts in a collection of 10,000 chunks, rarest first. */
const question: fc.Arbitrary<QueryTerm[]> = fc
  .array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 12 })
  .map((counts) =>
    counts
      .sort((a, b) => a - b)
      .map((chunkCount, i) => ({ lexeme: `w${i}`, chunkCount, weight: idf(chunkCount, 10_000) })),
  );

describe('planCandidates', () => {
  it('leaves out no chunk whose words weigh more than it says', () => {
    fc.assert(
      fc.property(
        question,
        fc.integer({ min: 1, max: 20_000 }),
        fc.infiniteStream(fc.boolean()),
        (terms, budget, coin) => {
          const plan = planCandidates(terms, 10_000, budget);
          const held = new Set(terms.filter(() => coin.next().value));
          const inside =
            plan.anyOf.some((term) => held.has(term)) ||
            plan.twoOf.filter((term) => held.has(term)).length >= 2;
          const weight = [...held].reduce((sum, term) => sum + term.weight, 0);
          expect(inside || weight <= plan.weightOutside + 1e-9).toBe(true);
        },
      ),
    );
  });

  it('finds something: at least one chunk with a word of the question is inside', () => {
    fc.assert(
      fc.property(question, fc.integer({ min: 1, max: 20_000 }), (terms, budget) => {
        const plan = planCandidates(terms, 10_000, budget);
        expect(plan.anyOf.length > 0 || plan.twoOf.length >= 2).toBe(true);
      }),
    );
  });

  it('leaves nothing out that a larger budget would not, too', () => {
    fc.assert(
      fc.property(question, fc.integer({ min: 1, max: 10_000 }), (terms, budget) => {
        const small = planCandidates(terms, 10_000, budget);
        const large = planCandidates(terms, 10_000, budget * 2);
        // Where even the smaller plan went over its budget, it is the cheapest there is.
        if (small.expectedChunks <= budget)
          expect(large.weightOutside).toBeLessThanOrEqual(small.weightOutside + 1e-9);
      }),
    );
  });
});
