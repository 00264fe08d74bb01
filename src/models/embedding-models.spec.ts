import { AppConfig } from '../config/app-config';
import { LocalEmbeddingModel } from './drivers/local/local-embedding-model';
import { OpenAiEmbeddingModel } from './drivers/openai/openai-embedding-model';
import { embeddingModelOf } from './embedding-models';

const modelFor = (environment: Record<string, string>) => embeddingModelOf(AppConfig.parse(environment));

describe('the configured embedding model', () => {
  it('is the local one by default', () => {
    const model = modelFor({});
    expect(model).toBeInstanceOf(LocalEmbeddingModel);
    expect(model).toMatchObject({ name: 'use-lite', dimensions: 512, threads: 2 });
  });

  it('is the local one in int8 by name', () => {
    const model = modelFor({ EMBEDDING_MODEL: 'use-lite-int8-v2', EMBEDDING_THREADS: '1' });
    expect(model).toMatchObject({ name: 'use-lite-int8-v2', dimensions: 512, threads: 1 });
  });

  it('is OpenAI’s if the provider says so', () => {
    const model = modelFor({
      EMBEDDING_PROVIDER: 'openai',
      OPENAI_API_KEY: 'key',
      EMBEDDING_DIMENSIONS: '1024',
    });
    expect(model).toBeInstanceOf(OpenAiEmbeddingModel);
    expect(model).toMatchObject({ name: 'text-embedding-3-small', dimensions: 1024 });
  });

  it.each([
    [{ EMBEDDING_MODEL: 'text-embedding-3-small' }, 'EMBEDDING_MODEL=text-embedding-3-small'],
    [{ EMBEDDING_DIMENSIONS: '256' }, 'EMBEDDING_DIMENSIONS must be 512'],
  ])('is refused with the variable that is wrong: %j', (environment, problem) => {
    expect(() => modelFor(environment)).toThrow(problem);
  });
});
