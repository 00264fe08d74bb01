import { list, share } from '../config/setting';

/** OpenAI's list prices of 2025. */
const LIST_PRICES = [
  'gpt-4o-mini=0.15/0.6',
  'gpt-4o=2.5/10',
  'gpt-4.1=2/8',
  'gpt-4.1-mini=0.4/1.6',
  'gpt-4.1-nano=0.1/0.4',
  'gpt-5=1.25/10',
  'gpt-5-mini=0.25/2',
  'gpt-5-nano=0.05/0.4',
  'text-embedding-3-small=0.02/0',
  'text-embedding-3-large=0.13/0',
  'text-embedding-ada-002=0.1/0',
];

/** Prices and budgets */
export const USAGE_SETTINGS = {
  /**
   * US dollars per million tokens of prompt and completion, `model=prompt/completion`; a model that is not listed is
   * free.
   */
  prices: list('LLM_PRICES', {
    default: LIST_PRICES,
    pattern: /^[^=]+=\d+(\.\d+)?\/\d+(\.\d+)?$/,
    rule: 'must look like gpt-4o=2.5/10',
  }).as((entries) => entries.map(priceOf)),
  /** Share (0 to 1) of a tenant’s monthly budget beyond which a warning is given. */
  budgetWarnShare: share('BUDGET_WARN_SHARE', { default: 0.8 }),
};

function priceOf(entry: string) {
  const [model, price] = entry.split('=');
  const [prompt, completion] = price.split('/').map(Number);
  return { model: model.trim(), prompt, completion };
}
