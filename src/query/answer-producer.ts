import { Inject, Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import {
  ANSWER_WRITER,
  type AnswerWriter,
  NO_ANSWER_TEXT,
  type WrittenAnswer,
} from '../generation/answer-writer';
import type { Passage, Retrieval } from '../retrieval/passage';
import { AnswerFlights } from '../semantic-cache/answer-flights';
import type { CachedCitation } from '../semantic-cache/cache-entry';
import { restsOnStatements } from '../semantic-cache/verifier/answer-support';
import { isComparable, readQuestion } from '../semantic-cache/verifier/question';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import type { Answer, Listening } from './answer';
import { type CacheAttempt, CachedAnswers, type MissReason } from './cached-answers';
import type { FoundEvidence } from './found-evidence';
import type { QuestionContext } from './question-context';

const EXCERPT_CHARACTERS = 300;

/** Has answers written that the cache does not have, and stores them. */
@Injectable()
export class AnswerProducer {
  constructor(
    @Inject(ANSWER_WRITER) private readonly writer: AnswerWriter,
    private readonly cache: SemanticCacheService,
    private readonly cached: CachedAnswers,
    private readonly flights: AnswerFlights,
    private readonly config: AppConfig,
  ) {}

  /**
   * The answer to a question, written once in the deployment however many ask it, or the same in other words.
   * @param reason why the cache did not answer
   * @throws AppError `LLM_UNAVAILABLE`
   */
  async produceOnce(
    context: QuestionContext,
    reason: MissReason,
    evidence: FoundEvidence,
    listening: Listening,
  ): Promise<Answer> {
    const { vectors, retrieval } = evidence;
    const { scope, question, focus } = context;
    const { focus: vector } = vectors;
    const { epoch, tenantId } = context.search;
    // Not to be shared by way of the cache, and so not at all.
    if (vector === null || retrieval.degraded || epoch === null)
      return this.produce(context, reason, evidence, listening);
    const { value, leader } = await this.flights.run<Answer>(
      { scope, question, focus, epoch, vector, scale: () => this.cached.scaleOf(context) },
      {
        lookForSame: async () => hitOf(await this.cached.exact(context)),
        lookForSimilar: async () =>
          hitOf(
            await this.cached.semantic(context, await this.cached.candidates(context, vectors), evidence),
          ),
        write: () => this.produce(context, reason, evidence, listening),
      },
    );
    return leader ? value : this.cached.joined(tenantId, value);
  }

  /**
   * An answer written for this request, and stored if it may be.
   * @throws AppError `LLM_UNAVAILABLE`
   */
  async produce(
    context: QuestionContext,
    reason: MissReason,
    { vectors, retrieval }: FoundEvidence,
    { signal, onEvent }: Listening = {},
  ): Promise<Answer> {
    signal?.throwIfAborted();
    const { passages, fingerprint, degraded } = retrieval;
    const { epoch, tenantId } = context.search;
    this.cached.missed(tenantId, reason);
    const written = await this.writer.write(context.question, passages, {
      tenantId,
      signal,
      ...(onEvent && { onDelta: sayWith(onEvent, passages) }),
    });
    // What was written without the vector arm or the reranker is served, but not kept.
    const mayStore =
      reason !== 'bypass' &&
      vectors.question !== null &&
      vectors.focus !== null &&
      !degraded &&
      epoch !== null;
    const citations = toCitations(written.cited, passages);
    let ttlSeconds: number | null = null;
    if (mayStore && this.isWorthKeeping(written, passages))
      ttlSeconds = await this.cache.store({
        scope: context.scope,
        question: context.question,
        askedBy: context.askedBy,
        // Without one it is found by its very words alone.
        vector: context.isComposed || !isComparable(context.focus) ? null : vectors.focus,
        response: written.text,
        citations,
        fingerprint,
        evidence: hashesOf(retrieval),
        support: restsOnStatements(
          readQuestion(context.focus),
          written.text,
          written.cited.map((n) => passages[n - 1]),
          passages,
        ),
        epoch,
        documentIds: [...new Set(passages.map(({ documentId }) => documentId))],
        usage: written.usage,
        freshestSourceMs: Math.max(...passages.map(({ lastModified }) => lastModified.getTime())),
      });
    return {
      text: written.text,
      citations,
      complete: written.complete,
      cache: {
        layer: 'none',
        similarity: null,
        certainty: null,
        ageSeconds: null,
        ttlSeconds,
        validatedBy: null,
        matchedQuery: null,
        entryId: ttlSeconds === null ? null : this.cached.idOf(context),
      },
      usage: { ...written.usage, savedTokens: 0, savedUsd: 0, route: written.route },
    };
  }

  /** Only grounded, finished answers are. */
  private isWorthKeeping(
    { answered, complete, cited }: WrittenAnswer,
    passages: readonly Passage[],
  ): boolean {
    const { minEvidence } = this.config.semanticCache;
    return answered && complete && cited.some((n) => passages[n - 1].score >= minEvidence);
  }
}

const hashesOf = ({ passages }: Retrieval) => passages.map(({ contentHash }) => contentHash);

const hitOf = (attempt: CacheAttempt) => (attempt.hit ? attempt.answer : null);

/** Passes on what is written, once it is an answer: that there is none is told by the whole answer alone. */
function sayWith(onEvent: NonNullable<Listening['onEvent']>, passages: readonly Passage[]) {
  let begun = false;
  return (text: string): void => {
    if (!begun && text === NO_ANSWER_TEXT) return;
    if (!begun)
      onEvent({
        citations: toCitations(
          passages.map((_, i) => i + 1),
          passages,
        ),
      });
    begun = true;
    onEvent({ text });
  };
}

function toCitations(numbers: readonly number[], passages: readonly Passage[]): CachedCitation[] {
  return numbers.map((n) => {
    const { documentId, externalId, version, chunkId, start, end, title, score, content, contentHash } =
      passages[n - 1];
    const { headingPath, page, language } = passages[n - 1];
    return {
      n,
      documentId,
      externalId,
      version,
      chunkId,
      start,
      end,
      title,
      headingPath,
      page,
      language,
      score,
      excerpt: excerptOf(content),
      contentHash,
    };
  });
}

/** The beginning of a passage, cut between words and never inside a surrogate pair. */
function excerptOf(content: string): string {
  if (content.length <= EXCERPT_CHARACTERS) return content;
  const head = [...content.slice(0, EXCERPT_CHARACTERS)].slice(0, -1).join('');
  return `${head.replace(/(?<!\s)\s+\S{0,40}$/, '')}…`;
}
