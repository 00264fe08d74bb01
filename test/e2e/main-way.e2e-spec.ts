import type { Evergreen, Reply } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

interface QueryAnswer {
  response: string;
  sources: string[];
  cache_hit: boolean;
  latency_ms: number;
  citations: {
    n: number;
    document_id: string;
    external_id: string;
    version: number;
    chunk_id: string;
    start: number;
    end: number;
    excerpt: string;
  }[];
  cache: {
    layer: string;
    similarity: number | null;
    validated_by: string | null;
    matched_query: string | null;
  };
  usage: { model: string; saved_tokens: number };
  request_id: string;
}

const REFUNDS = (days: number) => `# Refunds

Customers may return an item within ${days} days of delivery. The refund is paid to the original payment method.

## Exceptions

Perishable goods and gift cards cannot be returned.
`;

const SHIPPING = `# Shipping

Standard shipping takes three to five business days. Express shipping arrives on the next business day and costs 12 euros.
`;

describe('from documents to cached, cited answers', () => {
  let backend: TestBackend;
  let service: Evergreen;

  const ask = (query: string, more: object = {}): Promise<Reply<QueryAnswer>> =>
    service.request<QueryAnswer>('POST', '/query', { query, user_id: 'alice', ...more });

  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start();
  });
  afterAll(() => backend.destroy());

  it('makes documents searchable and says so truthfully', async () => {
    const job = await service.ingest([
      { external_id: 'refunds.md', content: REFUNDS(30), mime_type: 'text/markdown' },
      { external_id: 'shipping.md', content: SHIPPING, mime_type: 'text/markdown' },
    ]);
    expect(job.status).toBe('completed');
    for (const document of job.documents) {
      expect(document).toMatchObject({ status: 'searchable', version: 1, error: null });
      expect(document.chunks_done).toBe(document.chunks_total);
      expect(document.chunks_total).toBeGreaterThan(0);
    }
  });

  it('answers with citations that point into the document', async () => {
    const { status, body } = await ask('Within how many days may customers return an item?');
    expect(status).toBe(200);
    expect(body.response).toContain('30 days');
    expect(body.sources).toContain('refunds.md');
    expect(body.cache_hit).toBe(false);
    expect(body.cache.layer).toBe('none');
    expect(body.request_id).toMatch(/\S/);
    const [citation] = body.citations;
    expect(body.response).toContain(`[${citation.n}]`);
    const { body: chunks } = await service.request<{
      chunks: { chunk_id: string; content: string; start: number }[];
    }>('GET', `/admin/documents/${citation.document_id}/chunks`);
    const cited = chunks.chunks.find(({ chunk_id }) => chunk_id === citation.chunk_id);
    expect(cited?.start).toBe(citation.start);
    expect(cited?.content).toContain('within 30 days');
  });

  it('serves the same question from the exact layer, politeness and spelling aside', async () => {
    const { body } = await ask('Please,  within how many days may customers return an item');
    expect(body).toMatchObject({ cache_hit: true, cache: { layer: 'exact', validated_by: 'epoch' } });
    expect(body.response).toContain('30 days');
  });

  it('serves a re-worded question from the semantic layer', async () => {
    const { body } = await ask('Within how many days can customers return an item?');
    expect(body).toMatchObject({ cache_hit: true, cache: { layer: 'semantic' } });
    expect(body.cache.matched_query).toBe('Within how many days may customers return an item?');
    expect(body.response).toContain('30 days');
  });

  it('never takes another question for the same', async () => {
    const { body } = await ask('Within how many days may customers not return an item?');
    expect(body.cache.layer).toBe('none');
  });

  it('keeps an answer whose evidence did not change, and says that it was checked', async () => {
    await service.ingest([
      { external_id: 'parking.md', content: 'Visitors park behind the building, free of charge.' },
    ]);
    const { body } = await ask('Within how many days may customers return an item?');
    // A small collection: the new document may enter the evidence, then the answer has to be written anew.
    if (body.cache_hit) expect(body.cache.validated_by).toBe('context');
    expect(body.response).toContain('30 days');
  });

  it('serves no answer from before the change', async () => {
    const job = await service.ingest([
      { external_id: 'refunds.md', content: REFUNDS(14), mime_type: 'text/markdown' },
    ]);
    expect(job.documents[0].version).toBe(2);
    const { body } = await ask('Within how many days may customers return an item?');
    expect(body.cache_hit).toBe(false);
    expect(body.response).toContain('14 days');
    expect(body.response).not.toContain('30 days');
    expect(body.citations[0].version).toBe(2);
    const reworded = await ask('Within how many days can customers return an item?');
    expect(reworded.body.response).toContain('14 days');
  });

  it('recognises content that did not change', async () => {
    const { status, body } = await service.request<{ documents: { version: number; status: string }[] }>(
      'POST',
      '/admin/ingest',
      { documents: [{ external_id: 'refunds.md', content: REFUNDS(14), mime_type: 'text/markdown' }] },
    );
    expect(status).toBe(202);
    expect(body.documents[0]).toMatchObject({ version: 2, status: 'unchanged' });
  });

  it('finds passages without an answer, with the parts of their scores', async () => {
    const { body } = await service.request<{
      passages: { external_id: string; content: string; score: number }[];
    }>('POST', '/search', { query: 'express shipping', top_k: 2 });
    expect(body.passages[0].external_id).toBe('shipping.md');
    expect(body.passages[0].content).toContain('12 euros');
    expect(body.passages[0].score).toBeGreaterThan(0);
  });

  it('says so where the documents carry no answer, and does not keep that', async () => {
    const question = 'Which telescope photographed the nebula?';
    for (let i = 0; i < 2; i++) {
      const { body } = await ask(question);
      expect(body.citations).toEqual([]);
      expect(body.cache_hit).toBe(false);
    }
  });

  it('neither reads nor writes the cache when told to bypass it', async () => {
    const question = 'How long does standard shipping take?';
    expect((await ask(question, { cache: 'bypass' })).body.cache_hit).toBe(false);
    expect((await ask(question)).body.cache_hit).toBe(false);
    expect((await ask(question)).body.cache_hit).toBe(true);
    expect((await ask(question, { cache: 'refresh' })).body.cache_hit).toBe(false);
  });

  it('streams the same answer as events', async () => {
    const { headers, body } = await service.request<string>('POST', '/query', {
      query: 'How long does standard shipping take?',
      user_id: 'alice',
      stream: true,
    });
    expect(headers.get('content-type')).toContain('text/event-stream');
    const events = [...String(body).matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, event, data]) => ({
      event,
      data: JSON.parse(data) as { text?: string },
    }));
    expect(events[0].event).toBe('meta');
    expect(events.at(-1)?.event).toBe('done');
    const text = events.map(({ data }) => data.text ?? '').join('');
    expect(text).toContain('three to five business days');
  });

  it('shares answers between users unless an ACL keeps them apart', async () => {
    await service.ingest([
      {
        external_id: 'salary.md',
        content: 'The salary band for engineers is level seven.',
        acl: ['user:hannah'],
      },
    ]);
    const question = 'Which salary band is there for engineers?';
    const hannah = await service.request<QueryAnswer>('POST', '/query', {
      query: question,
      user_id: 'hannah',
    });
    expect(hannah.body.response).toContain('level seven');
    const mallory = await service.request<QueryAnswer>('POST', '/query', {
      query: question,
      user_id: 'mallory',
    });
    expect(mallory.body.response).not.toContain('level seven');
    expect(mallory.body.sources).not.toContain('salary.md');
  });

  it('forgets a deleted document at once, in search and in every cached answer', async () => {
    const question = 'How long does standard shipping take?';
    const before = await ask(question);
    expect(before.body.cache_hit).toBe(true);
    const { document_id } = before.body.citations[0];
    expect((await service.request('DELETE', `/admin/documents/${document_id}`)).status).toBe(202);
    const after = await ask(question);
    expect(after.body.cache_hit).toBe(false);
    expect(after.body.response).not.toContain('three to five');
    const found = await service.request<{ passages: { external_id: string }[] }>('POST', '/search', {
      query: 'standard shipping',
      top_k: 20,
    });
    expect(found.body.passages.map(({ external_id }) => external_id)).not.toContain('shipping.md');
    expect((await service.request('GET', `/admin/documents/${document_id}`)).status).toBe(404);
  });

  it('counts all of this', async () => {
    expect(await service.metric('rag_cache_hits_total', { layer: 'exact' })).toBeGreaterThan(0);
    expect(await service.metric('rag_cache_hits_total', { layer: 'semantic' })).toBeGreaterThan(0);
    expect(await service.metric('rag_cache_misses_total')).toBeGreaterThan(0);
    expect(await service.metric('rag_ingest_documents_total', { outcome: 'searchable' })).toBeGreaterThan(0);
    const { status, body } = await service.request('GET', '/health/ready');
    expect([status, body]).toEqual([200, expect.objectContaining({ status: expect.any(String) })]);
  });
});
