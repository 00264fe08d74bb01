import type { CollectionListDto } from '../src/ingestion/collection.dto';
import type { ChunkDto, ChunkPageDto, DocumentDto, DocumentPageDto } from '../src/ingestion/document.dto';
import type { AcceptedJobDto, IngestJobDto } from '../src/ingestion/ingest-job.dto';
import type { QueryResponseDto } from '../src/query/query-response.dto';
import type { PassageDto, SearchResponseDto } from '../src/retrieval/search.dto';
import type { SearchMode } from '../src/retrieval/search-request';

/** A document as it is sent to `POST /admin/ingest`. */
export interface OutgoingDocument {
  external_id: string;
  content: string;
  mime_type?: string;
  title?: string;
}

const POLL_MS = 500;
/** A document goes through in much less; longer than this without one finished is no progress. */
const STUCK_MS = 10 * 60_000;
/** Tries and pause between them while the service says that it cannot answer just now. */
const MAX_TRIES = 10;
const RETRY_MS = 2000;

/** The service's public HTTP API, as far as evaluations use it. */
export class ServiceClient {
  constructor(private readonly url: string) {}

  /** Deletes a collection with all its documents, if there is one. */
  async deleteCollection(name: string): Promise<void> {
    const response = await fetch(`${this.url}/admin/collections/${name}`, { method: 'DELETE' });
    if (!response.ok && response.status !== 404) throw await failureOf('DELETE /admin/collections', response);
  }

  /**
   * Makes a collection unless there is one of this name.
   * @param chunking how its documents are cut; left out: as configured
   */
  async ensureCollection(name: string, chunking?: Readonly<Record<string, unknown>>): Promise<void> {
    const { collections } = await this.request<CollectionListDto>('GET', '/admin/collections');
    if (!collections.some((collection) => collection.name === name))
      await this.post('/admin/collections', { name, chunking });
  }

  /**
   * Brings documents in and waits until they are searchable.
   * @param batchSize documents per call
   * @param progress called now and then with the number of documents that are done
   * @throws Error if one of them fails
   */
  async ingest(
    collection: string,
    documents: readonly OutgoingDocument[],
    batchSize: number,
    progress: (done: number) => void,
  ): Promise<void> {
    for (let i = 0; i < documents.length; i += batchSize) {
      const body = { collection, documents: documents.slice(i, i + batchSize) };
      const { job_id } = await this.post<AcceptedJobDto>('/admin/ingest', body);
      await this.finished(job_id, (done) => progress(i + done));
    }
  }

  /** Passages by falling score. */
  async search(
    collection: string,
    query: string,
    mode: SearchMode,
    topK: number,
  ): Promise<readonly PassageDto[]> {
    const body = { collection, query, mode, top_k: topK };
    return (await this.post<SearchResponseDto>('/search', body)).passages;
  }

  /** The answer to a question, written again. */
  answer(collection: string, query: string): Promise<QueryResponseDto> {
    return this.post<QueryResponseDto>('/query', { collection, query, user_id: 'eval', cache: 'bypass' });
  }

  /** The answer to a question as a user gets it, from the cache if the service finds one there. */
  ask(collection: string, query: string, userId: string): Promise<QueryResponseDto> {
    return this.post<QueryResponseDto>('/query', { collection, query, user_id: userId });
  }

  /** Deletes the documents of these external ids. */
  async deleteDocuments(collection: string, externalIds: ReadonlySet<string>): Promise<void> {
    for (const { document_id, external_id } of await this.documents(collection))
      if (externalIds.has(external_id)) await this.request('DELETE', `/admin/documents/${document_id}`);
  }

  /** Every chunk of a collection with the external id of its document. */
  async chunks(collection: string): Promise<(ChunkDto & { external_id: string })[]> {
    const documents = await this.documents(collection);
    const chunks: (ChunkDto & { external_id: string })[] = [];
    for (const { document_id, external_id } of documents)
      for (const chunk of await this.pages<ChunkPageDto, ChunkDto>(
        `/admin/documents/${document_id}/chunks?limit=100`,
        (page) => page.chunks,
      ))
        chunks.push({ ...chunk, external_id });
    return chunks;
  }

  private documents(collection: string): Promise<DocumentDto[]> {
    return this.pages<DocumentPageDto, DocumentDto>(
      `/admin/documents?collection=${collection}`,
      (page) => page.documents,
    );
  }

  private async pages<P extends { next_cursor: string | null }, T>(
    path: string,
    rowsOf: (page: P) => T[],
  ): Promise<T[]> {
    let page = await this.request<P>('GET', path);
    const rows = rowsOf(page);
    const separator = path.includes('?') ? '&' : '?';
    while (page.next_cursor !== null) {
      const cursor = encodeURIComponent(page.next_cursor);
      page = await this.request<P>('GET', `${path}${separator}cursor=${cursor}`);
      rows.push(...rowsOf(page));
    }
    return rows;
  }

  private async finished(jobId: string, progress: (done: number) => void): Promise<void> {
    let latest = { done: -1, atMs: performance.now() };
    for (;;) {
      const job = await this.request<IngestJobDto>('GET', `/admin/ingest/${jobId}`);
      const failed = job.documents.find(({ error }) => error !== null);
      if (failed) throw new Error(`${failed.external_id}: ${failed.error?.code} ${failed.error?.message}`);
      const done = job.documents.filter(({ status }) => status === 'searchable').length;
      if (done !== latest.done) latest = { done, atMs: performance.now() };
      progress(done);
      if (job.status === 'completed') return;
      if (performance.now() - latest.atMs > STUCK_MS) throw new Error(`ingestion job ${jobId} is stuck`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  private post<T>(path: string, body: unknown): Promise<T> {
    return this.request<T>('POST', path, body);
  }

  private async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.send(method, path, body);
      if (response.ok) return (await response.json()) as T;
      // On a busy machine the embedded database may need more time than a user would be kept waiting.
      if (response.status !== 503 || attempt === MAX_TRIES)
        throw await failureOf(`${method} ${path}`, response);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private send(method: string, path: string, body: unknown): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  }
}

async function failureOf(call: string, response: Response): Promise<Error> {
  return new Error(`${call} answered ${response.status}: ${await response.text()}`);
}
