import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal';
import { AppError } from '../common/app-error';
import { SingleFlight } from '../common/single-flight';
import { QuestionEmbedder } from '../embedding-cache/question-embedder';
import {
  ANSWER_WRITER,
  type AnswerUsage,
  type AnswerWriter,
  NO_ANSWER_TEXT,
} from '../generation/answer-writer';
import { QuestionCondenser } from '../generation/question-condenser';
import { currentRequest } from '../observability/request-context';
import type { Passage, Retrieval } from '../retrieval/passage';
import { RetrievalService } from '../retrieval/retrieval.service';
import { AnswerFlights } from '../semantic-cache/answer-flights';
import { type Answer, answerFor, type AnswerEvent, eventFor, type Listening, toCitations } from './answer';
import { AnswerCache, type CacheAttempt, type MissReason } from './answer-cache';
import type { CacheMode, QueryDto } from './query.dto';
import type { FoundEvidence, QuestionContext, QuestionVectors } from './question-context';
import { ScopeResolver } from './scope-resolver';
import { SimilarityScales } from './similarity-scales';

/**
 * A question's way to its answer, from top to bottom: scope, exact layer, same words, evidence, semantic layer, one
 * generation, stored for the next asker.
 * @see docs/architecture.md
 */
@Injectable()
export class QueryService {
  private readonly flights = new SingleFlight<Answer, AnswerEvent>();

  constructor(
    private readonly condenser: QuestionCondenser,
    private readonly scopes: ScopeResolver,
    private readonly cache: AnswerCache,
    private readonly embedder: QuestionEmbedder,
    private readonly retrieval: RetrievalService,
    private readonly scales: SimilarityScales,
    private readonly clusterFlights: AnswerFlights,
    @Inject(ANSWER_WRITER) private readonly writer: AnswerWriter,
  ) {}

  /**
   * @param listening who waits; the answer is broken off once nobody does
   * @throws AppError `COLLECTION_NOT_FOUND`, `DATABASE_UNAVAILABLE`, `LLM_UNAVAILABLE`; the signal's reason
   */
  async answer(dto: QueryDto, principal: Principal, listening: Listening = {}): Promise<Answer> {
    const { tenantId } = principal;
    const asked = await this.condenser.condense(dto.query, dto.history ?? [], {
      tenantId,
      signal: listening.signal,
    });
    const resolved = await this.scopes.resolve({ ...dto, query: asked.question }, principal);
    const context = { ...resolved, isComposed: asked.isComposed };
    const standaloneQuery = dto.history?.length ? asked.question : undefined;
    const visible = visibleTo(principal, listening, standaloneQuery);
    const found = await this.find(context, dto.cache ?? 'use', visible);
    const answer = withCondensing(found, asked.usage, standaloneQuery);
    this.cache.noteServed(context, answer);
    const current = currentRequest();
    if (current) current.cacheLayer = answer.cache.layer;
    return answerFor(principal, answer);
  }

  private async find(context: QuestionContext, mode: CacheMode, listening: Listening): Promise<Answer> {
    if (mode !== 'use') {
      const evidence = await this.evidenceFor(context, await this.vectorsOf(context, listening.signal));
      return this.generate(context, mode, evidence, listening);
    }
    const exact = await this.cache.exact(context);
    if (exact.hit) return exact.answer;
    const { epoch, tenantId } = context.search;
    // Without Postgres there is no retrieval either: only the exact layer can answer.
    if (epoch === null)
      throw new AppError('DATABASE_UNAVAILABLE', 'The database cannot be reached; try again shortly.', {
        retryAfterSeconds: 2,
      });
    // The epoch keeps a request that came after a change from joining one that began before it.
    const { value, leader } = await this.flights.run(
      `${this.cache.idOf(context)} ${epoch}`,
      ({ signal, emit }) => this.findOnce(context, exact.found ?? null, { signal, onEvent: emit }),
      listening,
    );
    return leader ? value : this.cache.joined(tenantId, value);
  }

  /** Once for all who ask the same of this process together. @param found what the question finds, if that is known */
  private async findOnce(
    context: QuestionContext,
    found: Retrieval | null,
    listening: Listening,
  ): Promise<Answer> {
    const vectors = await this.vectorsOf(context, listening.signal);
    const candidates = context.isComposed ? [] : await this.cache.candidates(context, vectors);
    const same = await this.cache.sameWords(context, candidates);
    if (same.hit) return same.answer;
    const evidence = await this.evidenceFor(context, vectors, found);
    if (context.isComposed) return this.generate(context, 'absent', evidence, listening);
    const semantic = await this.cache.semantic(context, candidates, evidence);
    if (semantic.hit) return semantic.answer;
    return this.generateOnce(context, semantic.reason, evidence, listening);
  }

  /** Once in the deployment, however many ask it, or the same in other words. @param reason why the cache did not answer */
  private async generateOnce(
    context: QuestionContext,
    reason: MissReason,
    evidence: FoundEvidence,
    listening: Listening,
  ): Promise<Answer> {
    const { vectors, retrieval } = evidence;
    const { scope, question, focus } = context;
    const { epoch, tenantId, space } = context.search;
    // What cannot be shared by way of the cache is not shared at all.
    if (vectors.focus === null || retrieval.degraded || epoch === null)
      return this.generate(context, reason, evidence, listening);
    const { value, leader } = await this.clusterFlights.run<Answer>(
      { scope, question, focus, epoch, vector: vectors.focus, scale: () => this.scales.of(space, tenantId) },
      {
        lookForSame: async () => hitOf(await this.cache.exact(context)),
        lookForSimilar: async () => {
          const candidates = await this.cache.candidates(context, vectors);
          return hitOf(await this.cache.semantic(context, candidates, evidence));
        },
        write: () => this.generate(context, reason, evidence, listening),
      },
    );
    return leader ? value : this.cache.joined(tenantId, value);
  }

  /** Has an answer written, and stored unless the caller does not want that. */
  private async generate(
    context: QuestionContext,
    reason: MissReason,
    evidence: FoundEvidence,
    { signal, onEvent }: Listening = {},
  ): Promise<Answer> {
    signal?.throwIfAborted();
    const { passages } = evidence.retrieval;
    const { tenantId } = context.search;
    this.cache.missed(tenantId, reason);
    const written = await this.writer.write(context.question, passages, {
      tenantId,
      signal,
      ...(onEvent && { onDelta: deltasTo(onEvent, passages) }),
    });
    const ttlSeconds = reason === 'bypass' ? null : await this.cache.store(context, evidence, written);
    return {
      text: written.text,
      citations: toCitations(written.cited, passages),
      complete: written.complete,
      cache: {
        layer: 'none',
        similarity: null,
        certainty: null,
        ageSeconds: null,
        ttlSeconds,
        validatedBy: null,
        matchedQuery: null,
        entryId: ttlSeconds === null ? null : this.cache.idOf(context),
      },
      usage: { ...written.usage, savedTokens: 0, savedUsd: 0, route: written.route },
    };
  }

  private async evidenceFor(
    { question, search }: QuestionContext,
    vectors: QuestionVectors,
    found: Retrieval | null = null,
  ): Promise<FoundEvidence> {
    return {
      vectors,
      retrieval: found ?? (await this.retrieval.retrieve(question, vectors.question, search)),
    };
  }

  private async vectorsOf(
    { question, focus, search }: QuestionContext,
    signal?: AbortSignal,
  ): Promise<QuestionVectors> {
    const embed = (text: string) => this.embedder.embedIfPossible(text, search, signal);
    const whole = embed(question);
    const [ofQuestion, ofFocus] = await Promise.all([
      whole,
      focus === question.trim() ? whole : embed(focus),
    ]);
    return { question: ofQuestion, focus: ofFocus };
  }
}

const hitOf = (attempt: CacheAttempt) => (attempt.hit ? attempt.answer : null);

/** A listener that hears what its caller may see, and which question is being answered. */
function visibleTo(
  principal: Principal,
  listening: Listening,
  standaloneQuery: string | undefined,
): Listening {
  const { onEvent } = listening;
  if (onEvent === undefined) return listening;
  const asked = standaloneQuery === undefined ? {} : { standaloneQuery };
  return {
    ...listening,
    onEvent: (event) => onEvent(eventFor(principal, 'citations' in event ? { ...event, ...asked } : event)),
  };
}

/** Passes on what is written, once it is an answer: that there is none is said by the whole answer alone. */
function deltasTo(onEvent: NonNullable<Listening['onEvent']>, passages: readonly Passage[]) {
  let begun = false;
  return (text: string): void => {
    if (!begun && text === NO_ANSWER_TEXT) return;
    const all = passages.map((_, i) => i + 1);
    if (!begun) onEvent({ citations: toCitations(all, passages) });
    begun = true;
    onEvent({ text });
  };
}

/** What it took to understand the question is a part of what it took to answer it, also from the cache. */
function withCondensing(
  answer: Answer,
  spent: AnswerUsage | null,
  standaloneQuery: string | undefined,
): Answer {
  const { usage } = answer;
  if (spent === null) return { ...answer, standaloneQuery };
  return {
    ...answer,
    standaloneQuery,
    usage: {
      ...usage,
      promptTokens: usage.promptTokens + spent.promptTokens,
      completionTokens: usage.completionTokens + spent.completionTokens,
      costUsd: usage.costUsd + spent.costUsd,
    },
  };
}
