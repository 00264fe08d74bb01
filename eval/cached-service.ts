import { startApplication } from '../src/application';
import { embeddingModelOf } from '../src/models/embedding-models';
import type { QueryResponseDto } from '../src/query/query-response.dto';
import { canonicalQuestion } from '../src/semantic-cache/canonical-question';
import { FakeOpenAiServer } from '../test/support/fake-openai-server';
import { type AskedQuestion, type KnownQuestion, summarise } from './asked-questions';
import { type Geometry, GeometryEmbedding } from './embedding-geometry';
import type { OutgoingDocument } from './service-client';
import { ServiceClient } from './service-client';
import { withSettings } from './settings';

/** A passage or document to ask about. */
export interface AskedDocument {
  id: string;
  title?: string;
  text: string;
}

export interface CachedServiceOptions {
  geometry: Geometry;
  /** Texts of the kind that is asked about, for what all vectors share. */
  sample: readonly string[];
  /** What the language model says. */
  answer: (messages: { role: string; content: string }[]) => string;
}

const DOCUMENTS_PER_CALL = 100;
const PROGRESS_EVERY = 250;
/** What is measured must not depend on how busy the machine is. */
const PATIENCE = { DATABASE_STATEMENT_TIMEOUT_MS: '120000', EMBEDDING_TIMEOUT_MS: '120000' };
const USER = 'eval';

/**
 * The service as it answers users: its own modules on an embedded database and a cache in memory, with a language model
 * that always answers, and an embedding model of the wanted geometry that has no name which the service could know.
 */
export class CachedService {
  private constructor(
    private readonly client: ServiceClient,
    private readonly embedding: GeometryEmbedding,
    private readonly progress: (line: string) => void,
  ) {}

  /** Runs with a service that is gone afterwards. */
  static run<T>(
    { geometry, sample, answer }: CachedServiceOptions,
    progress: (line: string) => void,
    run: (service: CachedService) => Promise<T>,
  ): Promise<T> {
    return withSettings(async (local) => {
      const model = embeddingModelOf(local);
      const embedding = await GeometryEmbedding.of(model, geometry, sample);
      const server = await FakeOpenAiServer.start({ answer, embed: (texts) => embedding.embed(texts) });
      try {
        const settings = settingsFor(server.url, geometry, embedding.dimensions);
        return await withSettings(async (config) => {
          const application = await startApplication(config);
          try {
            return await run(new CachedService(new ServiceClient(application.url), embedding, progress));
          } finally {
            await application.stop();
          }
        }, settings);
      } finally {
        await server.close();
        await model.close();
      }
    });
  }

  /** Brings documents into a new collection. */
  async ingest(collection: string, documents: readonly AskedDocument[]): Promise<void> {
    await this.client.deleteCollection(collection);
    await this.client.ensureCollection(collection);
    const outgoing = documents.map(({ id, title, text }): OutgoingDocument => ({
      external_id: id,
      content: text,
      title,
      mime_type: text.startsWith('# ') ? 'text/markdown' : 'text/plain',
    }));
    await this.client.ingest(collection, outgoing, DOCUMENTS_PER_CALL, () => {});
    this.progress(`${collection}: ${documents.length} documents`);
  }

  /** Vectors as the service's, by text. */
  async vectors(texts: readonly string[]): Promise<Map<string, Float32Array>> {
    const different = [...new Set(texts)];
    const vectors = await this.embedding.embed(different);
    return new Map(different.map((text, i) => [text, vectors[i]]));
  }

  ask(collection: string, question: string, user = USER): Promise<QueryResponseDto> {
    return this.client.ask(collection, question, user);
  }

  /** Asks questions one after the other. @returns what became of them, in the same order */
  async askAll<T extends KnownQuestion>(
    collection: string,
    questions: readonly T[],
  ): Promise<AskedQuestion<T>[]> {
    const known = new StoredQuestions<T>();
    const asked: AskedQuestion<T>[] = [];
    for (const question of questions) {
      const { cache } = await this.ask(collection, question.q);
      const layer = cache.layer as AskedQuestion['layer'];
      const matched = layer === 'none' ? null : known.of(cache.matched_query ?? question.q);
      asked.push({ question, layer, matched, similarity: cache.similarity });
      if (layer === 'none') known.add(question);
      if (asked.length % PROGRESS_EVERY === 0)
        this.progress(`${collection}: asked ${asked.length} of ${questions.length}, ${counted(asked)}`);
    }
    return asked;
  }
}

function counted(asked: readonly AskedQuestion[]): string {
  const { exact, semantic, wrong } = summarise(asked);
  return `${exact + semantic} from the cache, ${wrong} wrong`;
}

/** Questions whose answers were stored, found by their words as the exact layer compares them. */
class StoredQuestions<T extends KnownQuestion> {
  private readonly byWords = new Map<string, T>();

  add(question: T): void {
    this.byWords.set(canonicalQuestion(question.q), question);
  }

  of(words: string): T | null {
    return this.byWords.get(canonicalQuestion(words)) ?? null;
  }
}

/** The language model always, the embedding model unless the local one is wanted as it is. */
function settingsFor(url: string, geometry: Geometry, dimensions: number) {
  const model = { LLM_PROVIDER: 'openai', LLM_MODEL: 'quoting', LLM_PRICES: 'quoting=1/1' };
  const endpoint = { OPENAI_BASE_URL: url, OPENAI_API_KEY: 'evaluation' };
  // The quoting model judges nothing.
  const common = { ...model, ...endpoint, ...PATIENCE, SEMANTIC_CACHE_JUDGE: 'off' };
  if (geometry === 'raw') return common;
  const embedding = {
    EMBEDDING_PROVIDER: 'openai',
    EMBEDDING_MODEL: `evaluation-${geometry}`,
    EMBEDDING_DIMENSIONS: String(dimensions),
  };
  return { ...common, ...embedding };
}
