import type { AppConfig } from '../config/app-config';
import type { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { QuestionJudge } from '../generation/question-judge';
import type { Passage } from '../retrieval/passage';
import type { AnswerFeedback } from '../semantic-cache/answer-feedback';
import type { CacheCandidate } from '../semantic-cache/cache-entry';
import { SimilarityScale } from '../semantic-cache/similarity-scale';
import type { QuestionContext } from './question-context';
import { QuestionMatcher } from './question-matcher';
import type { SimilarityScales } from './similarity-scales';

const PASSAGE = {
  contentHash: 'a'.repeat(64),
  content: 'A forgotten password is reset by mail. Passwords expire after 90 days.',
  title: 'Accounts',
  headingPath: [],
} as unknown as Passage;

function candidate(question: string, similarity: number): CacheCandidate {
  const entry = {
    tenantId: 't',
    question,
    response: 'A forgotten password is reset by mail. [1]',
    citations: [{ contentHash: PASSAGE.contentHash }],
  };
  return { entry, similarity } as CacheCandidate;
}

const matcher = new QuestionMatcher(
  { areApart: () => Promise.resolve(false) } as unknown as AnswerFeedback,
  {} as QuestionJudge,
  {} as EmbeddingCaches,
  { of: () => Promise.resolve(new SimilarityScale(0.2)) } as unknown as SimilarityScales,
  { semanticCache: { errorBudget: 0.01, judge: 'off' } } as AppConfig,
);
const QUESTION = 'How do I reset my password?';
const context = { question: QUESTION, focus: QUESTION, search: { space: { id: 1 } } } as QuestionContext;

async function matchesOf(candidates: readonly CacheCandidate[]): Promise<string[]> {
  const questions: string[] = [];
  const compared = await matcher.compare(context, candidates);
  for await (const { entry } of matcher.matches(context, compared, [PASSAGE])) questions.push(entry.question);
  return questions;
}

describe('QuestionMatcher', () => {
  const stored = [
    candidate('How can I get my password reset?', 0.95),
    candidate('How can I reset my password?', 0.97),
    candidate('How do I not reset my password?', 0.99),
    candidate('How do I change my address?', 0.9),
  ];

  it('gives what asks the same, the surest first', async () => {
    expect(await matchesOf(stored)).toEqual([
      'How can I reset my password?',
      'How can I get my password reset?',
    ]);
  });

  it('is sure without evidence only of the same content words in the same order', async () => {
    const sure = matcher.sureByWords(await matcher.compare(context, stored));
    expect(sure.map(({ entry }) => entry.question)).toEqual(['How can I reset my password?']);
  });

  it('gives nothing that is not found where the answer stands', async () => {
    const compared = await matcher.compare(context, stored);
    const elsewhere = { ...PASSAGE, contentHash: 'b'.repeat(64) };
    for await (const match of matcher.matches(context, compared, [elsewhere]))
      throw new Error(`matched ${match.entry.question}`);
  });
});
