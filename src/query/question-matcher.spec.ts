import type { AppConfig } from '../config/app-config';
import type { QuestionJudge } from '../generation/question-judge';
import type { AnswerFeedback } from '../semantic-cache/answer-feedback';
import type { CacheCandidate } from '../semantic-cache/cache-entry';
import { QuestionMatcher } from './question-matcher';

const EVIDENCE = new Set(['a']);

function candidate(question: string, similarity: number): CacheCandidate {
  const entry = { tenantId: 't', question, evidence: ['a'], citations: [{ contentHash: 'a' }] };
  return { entry, similarity } as CacheCandidate;
}

async function matchesOf(minScore: number, candidates: readonly CacheCandidate[]): Promise<string[]> {
  const matcher = new QuestionMatcher(
    { areApart: () => Promise.resolve(false) } as unknown as AnswerFeedback,
    {} as QuestionJudge,
    { semanticCache: { minScore, judge: 'off' } } as AppConfig,
  );
  const questions: string[] = [];
  for await (const { entry } of matcher.matches('How do I reset my password?', candidates, EVIDENCE))
    questions.push(entry.question);
  return questions;
}

describe('QuestionMatcher', () => {
  const stored = [
    candidate('What can I do to reset a password?', 0.88),
    candidate('How can I reset my password?', 0.97),
    candidate('How do I not reset my password?', 0.99),
  ];

  it('gives what asks the same, the surest first', async () => {
    expect(await matchesOf(0.5, stored)).toEqual([
      'How can I reset my password?',
      'What can I do to reset a password?',
    ]);
  });

  it('gives less where more sureness is asked for, and at 1 only the same words', async () => {
    expect(await matchesOf(0.9, stored)).toEqual(['How can I reset my password?']);
    const same = candidate('Please, how do I reset my password', 0.98);
    expect(await matchesOf(1, [...stored, same])).toEqual(['Please, how do I reset my password']);
  });
});
