import { answerSigns, isAnswerLikely, readPassage } from './answer-signs';
import { readQuestion } from './question-terms';

const passage = (documentId: string, content: string, score: number, title: string | null = null) =>
  readPassage({
    documentId,
    version: 1,
    ordinal: 0,
    start: 0,
    end: content.length,
    title,
    headingPath: [],
    content,
    score,
  });

const QUESTION = readQuestion('How long may customers return gift cards?');

describe('answerSigns', () => {
  it('counts what the best passage holds of the question, and how', () => {
    const signs = answerSigns(QUESTION, [
      passage('a', 'Gift cards never expire. Customers love them.', 0.9),
      passage('b', 'Our office is in Ghent.', 0.3),
    ]);
    expect(signs).toMatchObject({ missing: 2, phrases: 1 });
    expect(signs.coverage).toBeGreaterThan(0.5);
    expect(signs.lead).toBeCloseTo(0.6);
  });

  it('knows no lead where one document is all that was found', () => {
    const signs = answerSigns(QUESTION, [passage('a', 'One.', 1), passage('a', 'Two.', 0.5)]);
    expect(signs.lead).toBeNull();
  });

  it('looks at two sentences together, under their title', () => {
    const found = [passage('a', 'Gift cards are paper. They take 30 days. Customers.', 1, 'Returns')];
    expect(answerSigns(readQuestion('gift returns'), found).coverage).toBe(1);
    expect(answerSigns(readQuestion('gift customers'), found).coverage).toBeLessThan(0.7);
  });
});

describe('isAnswerLikely', () => {
  it('believes evidence that says what was asked, even if another document says the same', () => {
    expect(isAnswerLikely({ coverage: 1, missing: 0, phrases: 0, lead: 0 })).toBe(true);
  });

  it('believes half of the question in a document that stands out, not in one that does not', () => {
    const half = { coverage: 0.5, missing: 2, phrases: 1 };
    expect(isAnswerLikely({ ...half, lead: 0.5 })).toBe(true);
    expect(isAnswerLikely({ ...half, lead: 0.05 })).toBe(false);
  });

  it('never believes a lead alone', () => {
    expect(isAnswerLikely({ coverage: 0.1, missing: 3, phrases: 0, lead: 1 })).toBe(false);
  });
});
