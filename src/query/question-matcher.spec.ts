import type { AppConfig } from '../config/app-config';
import type { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { QuestionJudge } from '../generation/question-judge';
import type { Passage } from '../retrieval/passage';
import type { CacheCandidate } from '../semantic-cache/cache-entry';
import type { MatchLearning } from '../semantic-cache/match-learning';
import { SimilarityScale } from '../semantic-cache/similarity-scale';
import { NO_VERDICTS, type Verdicts } from '../semantic-cache/verifier/calibration';
import type { MatchReview, MatchReviewer } from './match-reviewer';
import type { QuestionContext } from './question-context';
import { QuestionMatcher } from './question-matcher';

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

interface Known {
  judge?: 'off' | 'after';
  cutOffset?: number;
  /** By stored question. */
  verdicts?: Record<string, Verdicts>;
  isDatabaseAway?: boolean;
}

const offered: MatchReview[] = [];
let reads = 0;
function matcherOf({ judge = 'off', cutOffset = 0, verdicts = {}, isDatabaseAway = false }: Known = {}) {
  const verdictsOn = (_tenantId: string, _question: string, others: string[]) => {
    reads++;
    return Promise.resolve(isDatabaseAway ? null : others.map((other) => verdicts[other] ?? NO_VERDICTS));
  };
  const learning = { verdictsOn, of: () => Promise.resolve({ accuracy: 0.95, cutOffset }) };
  const reviewer = { noteAsked: () => undefined, offer: (review: MatchReview) => offered.push(review) };
  return new QuestionMatcher(
    {} as QuestionJudge,
    learning as unknown as MatchLearning,
    reviewer as unknown as MatchReviewer,
    {} as EmbeddingCaches,
    { semanticCache: { errorBudget: 0.01, judge } } as AppConfig,
  );
}
const SCALE = new SimilarityScale(0.2);
const QUESTION = 'How do I reset my password?';
const context = { question: QUESTION, focus: QUESTION, search: { space: { id: 1 } } } as QuestionContext;

async function matchesOf(candidates: readonly CacheCandidate[], known: Known = {}): Promise<string[]> {
  const matcher = matcherOf(known);
  const questions: string[] = [];
  const compared = await matcher.compare(context, candidates, SCALE);
  for await (const { entry } of matcher.matches(context, compared, [PASSAGE])) questions.push(entry.question);
  return questions;
}

describe('QuestionMatcher', () => {
  beforeEach(() => {
    offered.length = 0;
    reads = 0;
  });

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
    const matcher = matcherOf();
    const sure = await matcher.sureByWords(context, await matcher.compare(context, stored, SCALE));
    expect(sure?.entry.question).toBe('How can I reset my password?');
  });

  const DIFFERENT = { ...NO_VERDICTS, different: 1 };
  it('gives nothing that was said to be different, by one read for all candidates', async () => {
    const verdicts = { 'How can I reset my password?': DIFFERENT };
    expect(await matchesOf(stored, { verdicts })).toEqual(['How can I get my password reset?']);
    expect(reads).toBe(1);
    const matcher = matcherOf({ verdicts });
    expect(await matcher.sureByWords(context, await matcher.compare(context, stored, SCALE))).toBeNull();
  });

  it('reads nothing where nothing would be served', async () => {
    expect(await matchesOf([candidate('How do I change my address?', 0.9)])).toEqual([]);
    expect(reads).toBe(0);
  });

  it('gives nothing while nobody can tell what was said', async () => {
    expect(await matchesOf(stored, { isDatabaseAway: true })).toEqual([]);
  });

  it('asks for more certainty where too many answers were wrong', async () => {
    expect(await matchesOf(stored, { judge: 'after', cutOffset: 20 })).toEqual([]);
  });

  const DOUBTFUL = candidate('How is a forgotten password replaced?', 0.85);
  it('offers what is doubtful to be judged afterwards, and serves it once it was called the same', async () => {
    expect(await matchesOf([DOUBTFUL], { judge: 'after' })).toEqual([]);
    expect(offered).toMatchObject([{ entry: { question: DOUBTFUL.entry.question }, wasServed: false }]);
    const verdicts = { [DOUBTFUL.entry.question]: { ...NO_VERDICTS, same: 2 } };
    expect(await matchesOf([DOUBTFUL], { judge: 'after', verdicts })).toEqual([DOUBTFUL.entry.question]);
    expect(offered).toHaveLength(1);
  });

  it('gives nothing that is not found where the answer stands', async () => {
    const matcher = matcherOf();
    const compared = await matcher.compare(context, stored, SCALE);
    const elsewhere = { ...PASSAGE, contentHash: 'b'.repeat(64) };
    for await (const match of matcher.matches(context, compared, [elsewhere]))
      throw new Error(`matched ${match.entry.question}`);
  });
});
