import { QuestionFolds } from './question-folds';

const questions = Array.from({ length: 200 }, (_, i) => `question ${i}`);

describe('QuestionFolds', () => {
  it('keeps what is joined through others in one fold, in whichever order it was joined', () => {
    const pairs = questions.slice(1).map((question, i) => [questions[i], question] as const);
    const [forward, backward] = [pairs, [...pairs].reverse()].map((order) => {
      const folds = new QuestionFolds(5);
      for (const [a, b] of order) folds.join(a, b);
      return new Set(questions.map((question) => folds.foldOf(question)));
    });
    expect(forward.size).toBe(1);
    expect(backward).toEqual(forward);
  });

  it('fills every fold', () => {
    const folds = new QuestionFolds(5);
    expect(new Set(questions.map((question) => folds.foldOf(question))).size).toBe(5);
  });
});
