import { HTTP_URL, text } from '../../../config/setting';

/** Where an OpenAI-compatible server is. */
export const OPENAI_SETTINGS = {
  /** Key of the OpenAI-compatible endpoints. */
  apiKey: text('OPENAI_API_KEY', {}).as((key) => key ?? undefined),
  /** Base URL of the OpenAI-compatible endpoints. */
  baseUrl: text('OPENAI_BASE_URL', { default: 'https://api.openai.com/v1', ...HTTP_URL }),
};

/** The embedding models that are known by name, and the length of their vectors; the first is the default. */
export const OPENAI_EMBEDDINGS = {
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
  'text-embedding-ada-002': 1536,
};
