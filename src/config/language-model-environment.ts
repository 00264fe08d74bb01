import { IsArray, IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { IngestionEnvironment } from './ingestion-environment';
import { Setting } from './setting';

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

/** The settings of the language model, its limits and its cost. */
export class LanguageModelEnvironment extends IngestionEnvironment {
  @Setting(
    '`extractive` cites the best sentences, without a model; `openai` asks any OpenAI-compatible `/chat/completions`.',
    {
      default: 'extractive',
    },
  )
  @IsIn(['extractive', 'openai'])
  LLM_PROVIDER: 'extractive' | 'openai';

  @Setting('Language model for questions.', { default: 'gpt-4o-mini' })
  @IsString()
  LLM_MODEL: string;

  @Setting('Language model for complex questions; not set: `LLM_MODEL`.')
  @IsOptional()
  @IsString()
  LLM_MODEL_COMPLEX?: string;

  @Setting('Longest answer in tokens.', { default: 500 })
  @IsInt()
  @Min(1)
  LLM_MAX_TOKENS: number;

  @Setting('Sampling temperature, 0 to 2.', { default: 0.2 })
  @IsNumber()
  @Min(0)
  @Max(2)
  LLM_TEMPERATURE: number;

  @Setting('Milliseconds after which one try of the language model is given up.', { default: 30_000 })
  @IsInt()
  @Min(100)
  LLM_TIMEOUT_MS: number;

  @Setting('Tokens of context given to the language model.', { default: 3000 })
  @IsInt()
  @Min(100)
  CONTEXT_MAX_TOKENS: number;

  @Setting(
    'Language model that is asked where the one chosen gives no answer, at the same endpoint; not set: none.',
  )
  @IsOptional()
  @IsString()
  LLM_MODEL_FALLBACK?: string;

  @Setting('Milliseconds after which a question is given up, over all tries of all models and all waiting.', {
    default: 60_000,
  })
  @IsInt()
  @Min(100)
  LLM_DEADLINE_MS: number;

  @Setting('Tries per language model, with pauses that double and `Retry-After` honoured.', { default: 3 })
  @IsInt()
  @Min(1)
  @Max(10)
  LLM_MAX_TRIES: number;

  @Setting('Failed tries in a row after which a language model is left alone for a while.', { default: 5 })
  @IsInt()
  @Min(1)
  LLM_BREAKER_FAILURES: number;

  @Setting('Seconds for which it is left alone; then one call tries it.', { default: 10 })
  @IsNumber()
  @Min(0.01)
  LLM_BREAKER_SECONDS: number;

  @Setting('Calls to language models that a process has under way at once; as many again wait, four times.', {
    default: 32,
  })
  @IsInt()
  @Min(1)
  LLM_MAX_CONCURRENT: number;

  @Setting('Requests per minute to each language model, of all processes together; not set: no limit.', {
    type: 'number',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  LLM_REQUESTS_PER_MINUTE?: number;

  @Setting(
    'Tokens per minute, of prompts and longest answers, to each language model, likewise; not set: no limit.',
    { type: 'number' },
  )
  @IsOptional()
  @IsInt()
  @Min(1)
  LLM_TOKENS_PER_MINUTE?: number;

  @Setting(
    'US dollars per million tokens of prompt and completion, `model=prompt/completion`; what is not listed counts as free.',
    { default: LIST_PRICES },
  )
  @IsArray()
  @Matches(/^[^=]+=\d+(\.\d+)?\/\d+(\.\d+)?$/, {
    each: true,
    message: 'each value in $property must look like gpt-4o=2.5/10',
  })
  LLM_PRICES: string[];

  @Setting('Share (0 to 1) of a tenant\u2019s monthly budget from which on its use is warned of.', {
    default: 0.8,
  })
  @IsNumber()
  @Min(0)
  @Max(1)
  BUDGET_WARN_SHARE: number;
}
