import { ApiProperty } from '@nestjs/swagger';
import { eventFrame } from '../common/event-stream';
import { errorBody } from '../common/error-body';
import { LRUCache } from 'lru-cache';
import type { CachedCitation } from '../semantic-cache/cache-entry';
import type { Answer } from './answer';
import type { AnswerFrames, AnswerHead } from './answer-stream';

class CitationDto {
  @ApiProperty({ description: 'The number it has in `response`.' }) n: number;
  @ApiProperty() document_id: string;
  @ApiProperty() external_id: string;
  @ApiProperty() version: number;
  @ApiProperty() chunk_id: string;
  @ApiProperty({ description: 'UTF-16 offset into the normalised text of that version.' }) start: number;
  @ApiProperty() end: number;
  @ApiProperty({ type: String, nullable: true }) title: string | null;
  @ApiProperty({ type: [String], description: 'The headings it stands under.' }) heading_path: string[];
  @ApiProperty({ type: String, nullable: true, description: 'Page, slide or sheet.', example: '12' }) page:
    string | null;
  @ApiProperty({ type: String, nullable: true, example: 'english' }) language: string | null;
  @ApiProperty({
    description:
      '0 to 1: what the passage is ranked by; without the scope `admin` the reciprocal of its rank.',
  })
  score: number;
  @ApiProperty() excerpt: string;
}

class CacheDto {
  @ApiProperty({ enum: ['exact', 'semantic', 'none'] }) layer: string;
  @ApiProperty({ type: Number, nullable: true, description: 'Cosine, -1 to 1.' }) similarity: number | null;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Probability, 0 to 1, that the cached answer answers the question.',
  })
  certainty: number | null;
  @ApiProperty({ type: Number, nullable: true }) age_seconds: number | null;
  @ApiProperty({ type: Number, nullable: true }) ttl_seconds: number | null;
  @ApiProperty({ enum: ['epoch', 'context'], nullable: true }) validated_by: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The question that the answer was written for; null without the scope `admin`.',
  })
  matched_query: string | null;
}

class RouteDto {
  @ApiProperty({ description: 'That answered.' }) model: string;
  @ApiProperty({ enum: ['standard', 'complex'] }) complexity: string;
  @ApiProperty({ type: [String], description: 'What made the question complex.' }) reasons: readonly string[];
}

class UsageDto {
  @ApiProperty() model: string;
  @ApiProperty() prompt_tokens: number;
  @ApiProperty() completion_tokens: number;
  @ApiProperty() cost_usd: number;
  @ApiProperty() saved_tokens: number;
  @ApiProperty() saved_usd: number;
  @ApiProperty({
    type: RouteDto,
    nullable: true,
    description: 'Why that model was asked; null where none was.',
  })
  route: RouteDto | null;
}

/** Answer of `POST /query`. The first four fields are the original contract and never change. */
export class QueryResponseDto {
  @ApiProperty({ example: 'Refunds are issued within 30 days [1].' }) response: string;
  @ApiProperty({ example: ['handbook/refunds.md'] }) sources: string[];
  @ApiProperty() cache_hit: boolean;
  @ApiProperty() latency_ms: number;
  @ApiProperty({ type: [CitationDto] }) citations: CitationDto[];
  @ApiProperty() cache: CacheDto;
  @ApiProperty() usage: UsageDto;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The question that was searched and answered, where `history` came with it.',
  })
  standalone_query: string | null;
  @ApiProperty() request_id: string;
}

/** An answer in the outside's words. */
export function toQueryResponse(answer: Answer, latencyMs: number, requestId: string): QueryResponseDto {
  const { cache, usage } = answer;
  return {
    response: answer.text,
    sources: sourcesOf(answer.citations),
    cache_hit: cache.layer !== 'none',
    latency_ms: Math.round(latencyMs * 100) / 100,
    citations: answer.citations.map(toCitationDto),
    cache: toCacheDto(cache),
    usage: {
      model: usage.model,
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      cost_usd: usage.costUsd,
      saved_tokens: usage.savedTokens,
      saved_usd: usage.savedUsd,
      route: usage.route,
    },
    standalone_query: answer.standaloneQuery ?? null,
    request_id: requestId,
  };
}

/** What is the same each time that an answer comes from the cache, as JSON; by its citations. */
const readyParts = new LRUCache<readonly CachedCitation[], { text: string; json: string }>({ max: 1000 });

/** {@link toQueryResponse} as JSON; text and citations of a cached answer are written once for many requests. */
export function queryResponseJson(answer: Answer, latencyMs: number, requestId: string): string {
  const { text, citations, cache } = answer;
  if (cache.layer === 'none') return JSON.stringify(toQueryResponse(answer, latencyMs, requestId));
  let ready = readyParts.get(citations);
  if (ready?.text !== text) {
    const parts = {
      response: text,
      sources: sourcesOf(citations),
      citations: citations.map(toCitationDto),
    };
    ready = { text, json: JSON.stringify(parts).slice(0, -1) };
    readyParts.set(citations, ready);
  }
  const rest = toQueryResponse({ ...answer, text: '', citations: [] }, latencyMs, requestId);
  const own = { ...rest, response: undefined, sources: undefined, citations: undefined };
  return `${ready.json},${JSON.stringify(own).slice(1)}`;
}

/** External ids of the cited documents, in the order of first mention. */
export function sourcesOf(citations: readonly CachedCitation[]): string[] {
  return [...new Set(citations.map(({ externalId }) => externalId))];
}

export function toCitationDto(citation: CachedCitation): CitationDto {
  return {
    n: citation.n,
    document_id: citation.documentId,
    external_id: citation.externalId,
    version: citation.version,
    chunk_id: citation.chunkId,
    start: citation.start,
    end: citation.end,
    title: citation.title,
    heading_path: citation.headingPath ?? [],
    page: citation.page ?? null,
    language: citation.language ?? null,
    score: round4(citation.score),
    excerpt: citation.excerpt,
  };
}

export function toCacheDto(cache: Answer['cache']): CacheDto {
  return {
    layer: cache.layer,
    similarity: cache.similarity === null ? null : round4(cache.similarity),
    certainty: cache.certainty === null ? null : round4(cache.certainty),
    age_seconds: cache.ageSeconds === null ? null : Math.round(cache.ageSeconds),
    ttl_seconds: cache.ttlSeconds === null ? null : Math.round(cache.ttlSeconds),
    validated_by: cache.validatedBy,
    matched_query: cache.matchedQuery,
  };
}

function round4(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/**
 * The events of `POST /query` with `stream: true`: `meta` (what the answer may cite), `delta`…, and `done` (what it does
 * cite, usage, latency) or `error`.
 * @param startedMs by `performance.now()`
 */
export function queryEvents(requestId: string, startedMs: number): AnswerFrames {
  return {
    head: (head) => eventFrame(metaOf(head, requestId), 'meta'),
    text: (text) => eventFrame({ text }, 'delta'),
    end: (answer) => {
      const whole = toQueryResponse(answer, performance.now() - startedMs, requestId);
      return eventFrame({ ...whole, response: undefined }, 'done');
    },
    error: (error) => eventFrame(errorBody(error, requestId), 'error'),
  };
}

function metaOf({ citations, cache, standaloneQuery }: AnswerHead, requestId: string) {
  return {
    sources: sourcesOf(citations),
    cache_hit: cache.layer !== 'none',
    citations: citations.map(toCitationDto),
    cache: toCacheDto(cache),
    standalone_query: standaloneQuery ?? null,
    request_id: requestId,
  };
}
