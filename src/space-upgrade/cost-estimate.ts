import { Injectable } from '@nestjs/common';
import { CorpusDatabase } from '../corpus/corpus-database';
import { windowTexts } from '../corpus/window-texts';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { ModelName } from '../models/embedding-models';

/** What embedding all chunks with another model takes. */
export interface CostEstimate {
  /** Chunks of all tenants. */
  chunks: number;
  /** Tokens to embed, without texts that are cached; estimated from a sample of the chunks. */
  tokens: number;
  /** Share (0 to 1) of the sample's texts that are in the embedding cache. */
  cached_share: number;
  /** US dollars; null if the price of the model is unknown. */
  cost_usd: number | null;
}

/** US dollars per million tokens: OpenAI's list prices of 2025; local models are free. */
const PRICES: ReadonlyMap<string, number> = new Map([
  ['use-lite', 0],
  ['use-lite-int8-v2', 0],
  ['text-embedding-3-small', 0.02],
  ['text-embedding-3-large', 0.13],
  ['text-embedding-ada-002', 0.1],
]);

/** Chunks in the sample: the first ones, since ids are random. The mean is accurate to a few percent. */
const SAMPLE = 500;

/** Estimates the cost of a backfill before it begins. */
@Injectable()
export class CostEstimator {
  constructor(
    private readonly database: CorpusDatabase,
    private readonly caches: EmbeddingCaches,
  ) {}

  /** @param usdPerMillionTokens overrides the built-in price */
  async estimate(model: ModelName, usdPerMillionTokens?: number): Promise<CostEstimate> {
    const [{ chunks }] = await this.database.sql<{ chunks: number }>(
      `SELECT coalesce(sum(chunk_count), 0)::integer AS chunks FROM collection`,
      [],
    );
    const sample = await this.database.sql<{ tenant_id: string; content: string; windows: number[] }>(
      `SELECT tenant_id, content, windows FROM chunk ORDER BY id LIMIT $1`,
      [SAMPLE],
    );
    const sampled = { texts: 0, cached: 0, tokens: 0 };
    for (const tenantId of new Set(sample.map(({ tenant_id }) => tenant_id))) {
      const embeddings = this.caches.of(model, tenantId);
      const own = sample.filter(({ tenant_id }) => tenant_id === tenantId);
      const texts = [...new Set(own.flatMap(({ content, windows }) => windowTexts(content, windows)))];
      sampled.texts += texts.length;
      sampled.cached += await embeddings.countCached(texts);
      sampled.tokens += texts.reduce((sum, text) => sum + embeddings.model.countTokens(text), 0);
    }
    const cached = sampled.texts === 0 ? 0 : sampled.cached / sampled.texts;
    const perChunk = sample.length === 0 ? 0 : sampled.tokens / sample.length;
    const tokens = Math.round(chunks * perChunk * (1 - cached));
    const price = usdPerMillionTokens ?? PRICES.get(model.model);
    return {
      chunks,
      tokens,
      cached_share: Math.round(cached * 1000) / 1000,
      cost_usd: price === undefined ? null : Math.round(tokens * price) / 1e6,
    };
  }
}
