/** US dollars per million tokens. */
interface ModelPrice {
  prompt: number;
  completion: number;
}

/** OpenAI's list prices of 2025; a model that is not listed counts as free. */
const PRICES: Record<string, ModelPrice> = {
  'gpt-4o-mini': { prompt: 0.15, completion: 0.6 },
  'gpt-4o': { prompt: 2.5, completion: 10 },
  'gpt-4.1': { prompt: 2, completion: 8 },
  'gpt-4.1-mini': { prompt: 0.4, completion: 1.6 },
  'gpt-4.1-nano': { prompt: 0.1, completion: 0.4 },
};

/** What a completion costs, in US dollars. */
export function costUsd(model: string, promptTokens: number, completionTokens: number): number {
  const price = PRICES[model];
  return price ? (promptTokens * price.prompt + completionTokens * price.completion) / 1e6 : 0;
}
