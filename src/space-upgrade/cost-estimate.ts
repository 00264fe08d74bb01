import { Injectable } from '@nestjs/common';
import { CorpusDatabase } from '../corpus/corpus-database';
import { windowTexts } from '../corpus/window-texts';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { ModelName } from '../models/embedding-models';

/** What it takes to embed all chunks with another model. */
export interface CostEstimate {
  /** Chunks of all tenants. */
  chunks: number;
  /** Tokens of the texts that the model has to embed, cached ones left out; estimated from a sample of the chunks. */
  tokens: number;
  /** Share (0 to 1) of the sample's texts that the embedding cache has already. */
  cached_share: number;
  /** US dollars; null where the price of the model is not known. */
  cost_usd: number | null;
}

/** US dollars per million tokens: OpenAI's list prices of 2025, and what runs here. */
const PRICES: ReadonlyMap<string, number> = new Map([
  ['use-lite', 0],
  ['use-lite-int8-v2', 0],
  ['text-embedding-3-small', 0.02],
  ['text-embedding-3-large', 0.13],
  ['text-embedding-ada-002', 0.1],
]);

/** Ids are random, so the first ones are a sample: its mean is known to a few percent. */
const SAMPLE = 500;

/** Tells what a backfill will cost, before it begins. */
@Injectable()
export class CostEstimator {
  constructor(
    private readonly database: CorpusDatabase,
    private readonly caches: EmbeddingCaches,
  ) {}

  /** @param usdPerMillionTokens overrides the known price */
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
