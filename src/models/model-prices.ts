import type { TokenCounts } from './call-meter';

/** What a model costs, in US dollars per million tokens. */
export interface ModelPrice {
  model: string;
  prompt: number;
  completion: number;
}

/** The configured prices (`LLM_PRICES`). */
export class ModelPrices {
  private readonly prices: ReadonlyMap<string, ModelPrice>;

  constructor(prices: readonly ModelPrice[]) {
    this.prices = new Map(prices.map((price) => [price.model, price]));
  }

  /** A model that is not listed costs nothing. */
  of(model: string): ModelPrice {
    return this.prices.get(model) ?? { model, prompt: 0, completion: 0 };
  }

  /** What a call costs, in US dollars. */
  costUsd(model: string, { promptTokens, completionTokens }: TokenCounts): number {
    const { prompt, completion } = this.of(model);
    return (promptTokens * prompt + completionTokens * completion) / 1e6;
  }
}
