import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal';
import { AppError } from '../common/app-error';
import { SingleFlight } from '../common/single-flight';
import { QuestionEmbedder } from '../embedding-cache/question-embedder';
import type { AnswerUsage } from '../generation/answer-writer';
import { QuestionCondenser } from '../generation/question-condenser';
import { currentRequest } from '../observability/request-context';
import type { Retrieval } from '../retrieval/passage';
import { RetrievalService } from '../retrieval/retrieval.service';
import type { Answer, AnswerEvent, Listening } from './answer';
import { AnswerProducer } from './answer-producer';
import { answerFor, eventFor } from './answer-view';
import type { FoundEvidence, QuestionVectors } from './found-evidence';
import { CachedAnswers } from './cached-answers';
import type { CacheMode, QueryDto } from './query.dto';
import type { QuestionContext } from './question-context';
import { ScopeResolver } from './scope-resolver';

/** A question's way through the house, from top to bottom. @see docs/architecture.md */
@Injectable()
export class QueryService {
  private readonly flights = new SingleFlight<Answer, AnswerEvent>();

  constructor(
    private readonly condenser: QuestionCondenser,
    private readonly scopes: ScopeResolver,
    private readonly cached: CachedAnswers,
    private readonly embedder: QuestionEmbedder,
    private readonly retrieval: RetrievalService,
    private readonly producer: AnswerProducer,
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
    const heard = telling(listening, standaloneQuery, principal);
    const found = await this.find(context, dto.cache ?? 'use', heard);
    const answer = withCondensing(found, asked.usage, standaloneQuery);
    this.cached.noteServed(context, answer);
    const current = currentRequest();
    if (current) current.cacheLayer = answer.cache.layer;
    return answerFor(principal, answer);
  }

  private async find(context: QuestionContext, mode: CacheMode, listening: Listening): Promise<Answer> {
    if (mode !== 'use') {
      const evidence = await this.retrieve(context, await this.vectorsOf(context, listening.signal));
      return this.producer.produce(context, mode, evidence, listening);
    }
    const exact = await this.cached.exact(context);
    if (exact.hit) return exact.answer;
    const { epoch, tenantId } = context.search;
    // Without Postgres there is no retrieval either: only the exact layer can answer.
    if (epoch === null)
      throw new AppError('DATABASE_UNAVAILABLE', 'The database cannot be reached; try again shortly.', {
        retryAfterSeconds: 2,
      });
    // The epoch keeps a request that came after a change from joining one that began before it.
    const key = `${this.cached.idOf(context)} ${epoch}`;
    const { value, leader } = await this.flights.run(
      key,
      ({ signal, tell }) => this.answerOnce(context, exact.found ?? null, { signal, onEvent: tell }),
      listening,
    );
    return leader ? value : this.cached.joined(tenantId, value);
  }

  /** @param found what the question finds, if that is known */
  private async answerOnce(
    context: QuestionContext,
    found: Retrieval | null,
    listening: Listening,
  ): Promise<Answer> {
    const vectors = await this.vectorsOf(context, listening.signal);
    const candidates = context.isComposed ? [] : await this.cached.candidates(context, vectors);
    const same = await this.cached.sameWords(context, candidates);
    if (same.hit) return same.answer;
    const evidence = await this.retrieve(context, vectors, found);
    if (context.isComposed) return this.producer.produce(context, 'absent', evidence, listening);
    const semantic = await this.cached.semantic(context, candidates, evidence);
    if (semantic.hit) return semantic.answer;
    return this.producer.produceOnce(context, semantic.reason, evidence, listening);
  }

  private async retrieve(
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

/** Tells a listener what its caller may see, and which question is being answered. */
function telling(listening: Listening, standaloneQuery: string | undefined, principal: Principal): Listening {
  const { onEvent } = listening;
  if (onEvent === undefined) return listening;
  const asked = standaloneQuery === undefined ? {} : { standaloneQuery };
  return {
    ...listening,
    onEvent: (event) => onEvent(eventFor(principal, 'citations' in event ? { ...event, ...asked } : event)),
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
