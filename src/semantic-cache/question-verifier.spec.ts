import { verifyQuestions } from './question-verifier';

describe('verifyQuestions', () => {
  it('takes a question for itself', () => {
    expect(verifyQuestions('How do I pay?', 'how do i pay', { cosineSimilarity: 1 })).toMatchObject({
      same: true,
      reason: null,
    });
  });

  it.each([
    ['number', 'Is 500 mg safe?', 'Is 5000 mg safe?'],
    ['identifier', 'Where is order AB-123?', 'Where is order AB-124?'],
    ['negation', 'Is it safe?', 'Is it not safe?'],
  ])('holds apart by %s', (reason, a, b) => {
    expect(verifyQuestions(a, b, { cosineSimilarity: 0.99 })).toMatchObject({ same: false, reason });
  });
});
