import { Inject, Injectable } from '@nestjs/common';
import { SingleFlight } from '../common/single-flight';
import { ANSWER_WRITER, type AnswerWriter, type WrittenAnswer } from '../generation/answer-writer';
import type { Passage, Retrieval } from '../retrieval/passage';
import type { CachedCitation } from '../semantic-cache/cache-entry';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import type { Answer } from './answer';
import type { QuestionContext } from './question-context';

const EXCERPT_CHARACTERS = 300;

export interface ProduceOptions {
  /** L2-normalised; null when the embedding model could not be asked. */
  vector: Float32Array | null;
  /** Whether the answer may be stored. */
  store: boolean;
  signal?: AbortSignal;
}

/** Has an answer written, once per question however many ask it at the same time, and stores it. */
@Injectable()
export class AnswerProducer {
  private readonly flights = new SingleFlight<Answer>();

  constructor(
    @Inject(ANSWER_WRITER) private readonly writer: AnswerWriter,
    private readonly cache: SemanticCacheService,
  ) {}

  /** @throws AppError `LLM_UNAVAILABLE` */
  async produce(context: QuestionContext, retrieval: Retrieval, options: ProduceOptions): Promise<Answer> {
    if (!options.store) return this.write(context, retrieval, options);
    // The epoch keeps a request that came after a change from joining a flight that began before it; the
    // fingerprint does so for a change that landed between the two retrievals.
    const key = [
      this.cache.entryId(context.scope, context.question),
      context.search.epoch,
      retrieval.fingerprint,
    ].join(' ');
    // Others may be waiting for it, so the one who asked first cannot break it off.
    const { value } = await this.flights.run(key, () =>
      this.write(context, retrieval, { ...options, signal: undefined }),
    );
    return value;
  }

  private async write(
    context: QuestionContext,
    retrieval: Retrieval,
    options: ProduceOptions,
  ): Promise<Answer> {
    const { passages, fingerprint } = retrieval;
    const { epoch } = context.search;
    const written = await this.writer.write(context.question, passages, options.signal);
    const citations = toCitations(written, passages);
    let ttlSeconds: number | null = null;
    if (options.store && epoch !== null && admissible(written))
      ttlSeconds = await this.cache.store({
        scope: context.scope,
        question: context.question,
        vector: options.vector,
        response: written.text,
        citations,
        fingerprint,
        evidence: passages.map(({ contentHash }) => contentHash),
        epoch,
        documentIds: [...new Set(passages.map(({ documentId }) => documentId))],
        usage: written.usage,
        freshestSourceMs: Math.max(...passages.map(({ lastModified }) => lastModified.getTime())),
      });
    return {
      text: written.text,
      citations,
      cache: {
        layer: 'none',
        similarity: null,
        ageSeconds: null,
        ttlSeconds,
        validatedBy: null,
        matchedQuery: null,
      },
      usage: { ...written.usage, savedTokens: 0, savedUsd: 0 },
    };
  }
}

/** Only grounded, finished answers are worth keeping. */
function admissible(written: WrittenAnswer): boolean {
  return written.answered && written.complete && written.cited.length > 0;
}

function toCitations(written: WrittenAnswer, passages: readonly Passage[]): CachedCitation[] {
  return written.cited.map((n) => {
    const { documentId, externalId, version, chunkId, start, end, title, score, content, contentHash } =
      passages[n - 1];
    return {
      n,
      documentId,
      externalId,
      version,
      chunkId,
      start,
      end,
      title,
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
  return `${head.replace(/\s+\S{0,40}$/, '')}…`;
}
