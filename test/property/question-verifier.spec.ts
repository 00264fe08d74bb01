import * as fc from 'fast-check';
import { verifyQuestions } from '../../src/semantic-cache/question-verifier';

const word = fc.constantFrom(
  ...(
    'how what why when where is are do can should i my you the a an to from in of not never without before after and or ' +
    'pay card transfer buy sell increase decrease safe unsafe refund Rome Oslo Python Java zebra quux 5 50 2020 v1.2 AB-7 $9 5% ' +
    'best cheapest more less hair loss hairloss monday today second largest C++ US us'
  ).split(' '),
);
const question = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' '));
const anyQuestion = fc.oneof(question, fc.string({ unit: 'grapheme', maxLength: 60 }));
const cosineSimilarity = fc.double({ min: -1, max: 1, noNaN: true });
const plainWords = fc.array(
  fc.constantFrom('reset', 'password', 'card', 'order', 'refund', 'account', 'my', 'the'),
  {
    minLength: 2,
    maxLength: 8,
  },
);

describe('verifyQuestions', () => {
  it('is symmetric', () => {
    fc.assert(
      fc.property(anyQuestion, anyQuestion, cosineSimilarity, (a, b, cosine) => {
        const evidence = { cosineSimilarity: cosine };
        const [ab, ba] = [verifyQuestions(a, b, evidence), verifyQuestions(b, a, evidence)];
        expect(ba.same).toBe(ab.same);
        expect(ba.score).toBeCloseTo(ab.score, 10);
        expect(ba.reason).toBe(ab.reason);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes every question for itself', () => {
    fc.assert(
      fc.property(anyQuestion, (a) =>
        expect(verifyQuestions(a, a)).toEqual({ same: true, reason: null, score: 1 }),
      ),
    );
  });

  it('has a reason exactly where it says no, and a score between 0 and 1', () => {
    fc.assert(
      fc.property(anyQuestion, anyQuestion, cosineSimilarity, (a, b, cosine) => {
        const { same, reason, score } = verifyQuestions(a, b, { cosineSimilarity: cosine });
        expect(reason === null).toBe(same);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
  });

  it('ignores capitals at the start, space and end punctuation', () => {
    fc.assert(
      fc.property(plainWords, plainWords, (x, y) => {
        const [a, b] = [`how do i ${x.join(' ')}`, `where can i ${y.join(' ')}`];
        const dressed = `  ${a[0].toUpperCase()}${a.slice(1).replaceAll(' ', '  ')}?? `;
        const evidence = { cosineSimilarity: 0.9 };
        expect(verifyQuestions(dressed, b, evidence)).toEqual(verifyQuestions(a, b, evidence));
      }),
    );
  });

  it('never takes two numbers for one, however near the vectors', () => {
    const number = fc.oneof(
      fc.integer({ min: 0, max: 1e6 }).map(String),
      fc.double({ min: 0, max: 1000, noNaN: true }).map((x) => x.toFixed(2)),
    );
    fc.assert(
      fc.property(plainWords, number, number, fc.nat(8), (words, m, n, at) => {
        fc.pre(Number(m) !== Number(n));
        const withNumber = (x: string) =>
          ['how do i', ...words.slice(0, at), x, ...words.slice(at)].join(' ');
        expect(verifyQuestions(withNumber(m), withNumber(n), { cosineSimilarity: 1 }).same).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('never takes two identifiers for one', () => {
    const identifier = fc.tuple(fc.stringMatching(/^[A-Z]{2,3}$/), fc.integer({ min: 1, max: 99999 }));
    fc.assert(
      fc.property(plainWords, identifier, identifier, (words, [p, m], [q, n]) => {
        fc.pre(p !== q || m !== n);
        const ask = (x: string) => `Where is the ${words.join(' ')} ${x}?`;
        expect(verifyQuestions(ask(`${p}${m}`), ask(`${q}${n}`), { cosineSimilarity: 1 }).same).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('never takes a question for its negation', () => {
    fc.assert(
      fc.property(plainWords, (words) => {
        const [a, b] = [`is it ${words.join(' ')}`, `is it not ${words.join(' ')}`];
        expect(verifyQuestions(a, b, { cosineSimilarity: 1 }).same).toBe(false);
      }),
    );
  });
});
