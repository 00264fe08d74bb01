/** Injection token of the {@link RerankModel}; `null` where none is configured. */
export const RERANK_MODEL = Symbol('RerankModel');

/** The protocols that are spoken. */
export const RERANK_APIS = ['cohere', 'tei'] as const;
export type RerankApi = (typeof RERANK_APIS)[number];

export interface RerankModelOptions {
  /** The whole address that is posted to, e.g. `https://api.cohere.com/v2/rerank`. */
  url: string;
  api: RerankApi;
  /** What `cohere` is asked for; a server of `tei` has one model, and the name tells cached answers apart. */
  model?: string;
  apiKey?: string;
  /** Milliseconds for the whole answer. */
  timeoutMs: number;
}

/** Why there are no scores, in words fit for a log: neither key nor text is in them. */
export class RerankError extends Error {}

/** One score as a server sends it. */
interface Scored {
  index?: unknown;
  score?: unknown;
}

interface Protocol {
  /** Documents per request. */
  maxBatchSize: number;
  bodyOf(query: string, documents: readonly string[], model: string | undefined): object;
  /** @returns null for what is no answer of this protocol */
  scoresOf(answer: unknown): readonly Scored[] | null;
}

const PROTOCOLS: Record<RerankApi, Protocol> = {
  /** @see https://docs.cohere.com/reference/rerank, spoken by Jina, Voyage, vLLM and others as well */
  cohere: {
    maxBatchSize: 1000,
    bodyOf: (query, documents, model) => ({ model, query, documents, top_n: documents.length }),
    scoresOf: (answer) => {
      const results = (answer as { results?: { index?: unknown; relevance_score?: unknown }[] } | null)
        ?.results;
      if (!Array.isArray(results)) return null;
      return results.map((result) => ({ index: result?.index, score: result?.relevance_score }));
    },
  },
  /** @see https://huggingface.github.io/text-embeddings-inference, whose servers take 32 texts by default */
  tei: {
    maxBatchSize: 32,
    bodyOf: (query, texts) => ({ query, texts, truncate: true }),
    scoresOf: (answer) => (Array.isArray(answer) ? (answer as Scored[]).map((scored) => scored ?? {}) : null),
  },
};

/** A model behind HTTP that reads question and document together and says how well they fit. */
export class RerankModel {
  /** Everything that decides its scores; a part of the cache scope. */
  readonly identity: string;
  private readonly protocol: Protocol;

  constructor(private readonly options: RerankModelOptions) {
    const { api, url, model } = options;
    this.identity = JSON.stringify([api, url, model ?? null]);
    this.protocol = PROTOCOLS[api];
  }

  /**
   * Scores documents against a question. One try: a question does not wait for two.
   * @returns one finite score per document, in their order; higher is better, mostly in [0, 1]
   * @throws RerankError if not every document got a score in time
   */
  async score(query: string, documents: readonly string[]): Promise<number[]> {
    const signal = AbortSignal.timeout(this.options.timeoutMs);
    const batches: Promise<number[]>[] = [];
    for (let start = 0; start < documents.length; start += this.protocol.maxBatchSize)
      batches.push(
        this.scoreBatch(query, documents.slice(start, start + this.protocol.maxBatchSize), signal),
      );
    return (await Promise.all(batches)).flat();
  }

  private async scoreBatch(
    query: string,
    documents: readonly string[],
    signal: AbortSignal,
  ): Promise<number[]> {
    const body = this.protocol.bodyOf(query, documents, this.options.model);
    const scored = this.protocol.scoresOf(parsed(await this.post(body, signal)));
    if (scored === null) throw new RerankError('its answer is not of the configured API');
    const scores = new Array<number>(documents.length).fill(NaN);
    for (const { index, score } of scored) {
      const isExpected = typeof index === 'number' && index in scores && Number.isNaN(scores[index]);
      if (!isExpected || typeof score !== 'number' || !Number.isFinite(score))
        throw new RerankError('its answer has an index or a score that is none');
      scores[index] = score;
    }
    if (scores.some(Number.isNaN)) throw new RerankError('its answer leaves documents out');
    return scores;
  }

  private async post(body: object, signal: AbortSignal): Promise<string> {
    const { url, apiKey, timeoutMs } = this.options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify(body),
        signal,
      });
      if (response.ok) return await response.text();
      await response.body?.cancel();
      throw new RerankError(`it answered with status ${response.status}`);
    } catch (error) {
      if (error instanceof RerankError) throw error;
      if (signal.aborted) throw new RerankError(`it did not answer within ${timeoutMs} ms`);
      // Its message may quote what was sent.
      throw new RerankError(`it cannot be reached${codeOf(error)}`);
    }
  }
}

/** @throws RerankError without the text, which a parser's own error would quote */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RerankError('its answer is no JSON');
  }
}

/** ` (ECONNREFUSED)`, where the system says so. */
function codeOf(error: unknown): string {
  const code = (error as { cause?: { code?: unknown } }).cause?.code;
  return typeof code === 'string' ? ` (${code})` : '';
}
