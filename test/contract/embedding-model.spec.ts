import { LocalEmbeddingModel } from '../../src/models/drivers/local/local-embedding-model';
import { OpenAiEmbeddingModel } from '../../src/models/drivers/openai/openai-embedding-model';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { embeddingModelContract } from './embedding-model.contract';

// Threads compile and load for seconds on a busy machine.
jest.setTimeout(60_000);

describe.each(['fp32', 'int8'] as const)('LocalEmbeddingModel in %s', (precision) => {
  embeddingModelContract(() => new LocalEmbeddingModel({ precision, threads: 2 }));
});

describe('OpenAiEmbeddingModel', () => {
  let server: FakeOpenAiServer;
  beforeAll(async () => {
    server = await FakeOpenAiServer.start();
  });
  afterAll(() => server.close());
  embeddingModelContract(
    () =>
      new OpenAiEmbeddingModel({
        baseUrl: server.url,
        apiKey: 'test-key',
        model: 'text-embedding-3-small',
        dimensions: 256,
        timeoutMs: 10_000,
      }),
  );
});
