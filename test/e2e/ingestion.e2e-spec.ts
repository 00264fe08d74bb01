import { type Evergreen, eventually, type JobStatus } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

interface DocumentBody {
  document_id: string;
  external_id: string;
  collection: string;
  version: number;
  searchable_version: number | null;
  status: string;
  title: string | null;
  mime_type: string;
  metadata: Record<string, unknown>;
  acl: string[] | null;
  last_modified: string | null;
  chunks: number;
}
interface ErrorBody {
  error: { code: string; message: string; details: Record<string, unknown> };
}

const PAGE = `<!doctype html><html><head><title>Moon base &amp; crew</title><style>p{}</style></head>
<body><nav>Home | About | Contact</nav><main><h1>Moon base</h1>
<p>The moon base opened in the year 2031 and houses a crew of forty engineers, who stay for half a year each.
They grow lettuce in the northern dome and repair the solar field after every meteorite shower.</p>
<h2>Supply</h2><ul><li>A freighter comes every ninth week.</li><li>Water is mined at the pole.</li></ul></main>
<script>track("visitor")</script><footer>Imprint</footer></body></html>`;

const RIVERS = Array.from(
  { length: 150 },
  (_, i) =>
    `## River ${i}\n\nRiver number ${i} rises in the hills of district ${i % 37} and is ${300 + i * 7} kilometres long. Its water turns ${i % 5} mills.\n`,
).join('\n');

describe('ingestion', () => {
  let backend: TestBackend;
  let service: Evergreen;

  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start();
  });
  afterAll(() => backend.destroy());

  const get = async <T>(path: string) => (await service.request<T>('GET', path)).body;
  const documentsOf = async (query: string) =>
    (await get<{ documents: DocumentBody[] }>(`/admin/documents?${query}`)).documents;

  it('takes files, and reads of a page its main content and its title', async () => {
    const form = new FormData();
    form.append('metadata', JSON.stringify({ planet: 'moon', year: 2031 }));
    form.append('acl', JSON.stringify(['user:alice']));
    form.append('last_modified', '2026-01-31T10:00:00+02:00');
    form.append('files', new Blob([PAGE], { type: 'text/html' }), 'docs/moon.html');
    form.append('files', new Blob(['# Notes\n\nThe rover is yellow.']), 'docs/notes.md');
    const { status, body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', form);
    expect(status).toBe(202);
    expect((await service.finishedJob(body.job_id)).status).toBe('completed');

    const [page] = await documentsOf(`external_id=${encodeURIComponent('docs/moon.html')}`);
    expect(page).toMatchObject({
      collection: 'default',
      version: 1,
      searchable_version: 1,
      status: 'searchable',
      title: 'Moon base & crew',
      mime_type: 'text/html',
      metadata: { planet: 'moon', year: 2031 },
      acl: ['user:alice'],
      last_modified: '2026-01-31T08:00:00.000Z',
    });
    const [notes] = await documentsOf('external_id=docs/notes.md');
    expect(notes).toMatchObject({ title: 'Notes', mime_type: 'text/markdown' });
    const { chunks } = await get<{ chunks: { content: string; heading_path: string[] }[] }>(
      `/admin/documents/${page.document_id}/chunks`,
    );
    const text = chunks.map(({ content }) => content).join('\n');
    expect(text).toContain('lettuce in the northern dome');
    expect(text).toContain('- Water is mined at the pole.');
    expect(text).not.toMatch(/Contact|track|Imprint|p\{\}/);
  });

  it('tells progress that never goes back, and the end only at the end', async () => {
    const { body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [{ external_id: 'rivers.md', content: RIVERS }],
    });
    const order = ['queued', 'chunking', 'embedding', 'searchable'];
    let last = { stage: 0, done: 0 };
    await eventually(async () => {
      const job = await get<JobStatus>(`/admin/ingest/${body.job_id}`);
      const [{ status, chunks_done: done, chunks_total: total }] = job.documents;
      const stage = order.indexOf(status);
      expect(stage).toBeGreaterThanOrEqual(last.stage);
      expect(done).toBeGreaterThanOrEqual(last.done);
      if (total !== null) expect(done).toBeLessThanOrEqual(total);
      last = { stage, done };
      if (job.status !== 'completed') return undefined;
      expect([status, done]).toEqual(['searchable', total]);
      return true;
    }, 'the rivers to be searchable');
    const found = await service.request<{ passages: { content: string }[] }>('POST', '/search', {
      query: 'river number 149',
      mode: 'text',
      top_k: 100,
    });
    expect(found.body.passages.some(({ content }) => content.includes('River number 149'))).toBe(true);
  });

  it('streams progress until it is done', async () => {
    const { body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [{ external_id: 'rivers.md', content: `${RIVERS}\nOne more line.` }],
    });
    const stream = await service.request<string>('GET', `/admin/ingest/${body.job_id}/events`);
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    const events = [...String(stream.body).matchAll(/^event: (\w+)\n(?:id: .*\n)?data: (.*)$/gm)].map(
      ([, event, data]) => ({ event, job: JSON.parse(data) as JobStatus }),
    );
    expect(events.at(-1)).toMatchObject({ event: 'done', job: { job_id: body.job_id, status: 'completed' } });
    for (const { event } of events.slice(0, -1)) expect(event).toBe('progress');
    const unknown = await service.request<ErrorBody>(
      'GET',
      '/admin/ingest/00000000-0000-4000-8000-000000000000/events',
    );
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'JOB_NOT_FOUND']);
  });

  it('embeds only what a new version changed', async () => {
    const [before] = await documentsOf('external_id=rivers.md');
    const idsOf = async () => {
      const { chunks } = await get<{ chunks: { chunk_id: string; content: string }[] }>(
        `/admin/documents/${before.document_id}/chunks?limit=500`,
      );
      return new Map(chunks.map(({ chunk_id, content }) => [content, chunk_id]));
    };
    const old = await idsOf();
    const insertedBefore = await service.metric('rag_ingest_chunks_total', { outcome: 'inserted' });
    const content = `${RIVERS}\nOne more line.`.replace('River number 70 rises', 'River number 70 springs');
    const job = await service.ingest([{ external_id: 'rivers.md', content }]);
    expect(job.documents[0].version).toBe(before.version + 1);
    const inserted =
      (await service.metric('rag_ingest_chunks_total', { outcome: 'inserted' })) - insertedBefore;
    expect(inserted).toBeGreaterThan(0);
    expect(inserted).toBeLessThan(job.documents[0].chunks_total! / 2);
    for (const [text, id] of await idsOf()) if (old.has(text)) expect(id).toBe(old.get(text));
  });

  it('fails a document with its reason while the rest of the job goes on', async () => {
    const job = await service.ingest([
      { external_id: 'nothing.html', content: '<script>only()</script>', mime_type: 'text/html' },
      { external_id: 'something.html', content: '<p>Something is here.</p>', mime_type: 'text/html' },
    ]);
    expect(job.status).toBe('completed_with_errors');
    expect(job.documents.map(({ status }) => status)).toEqual(['failed', 'searchable']);
    expect(job.documents[0].error).toMatchObject({ code: 'EMPTY_DOCUMENT', message: expect.any(String) });
    const better = await service.ingest([
      { external_id: 'nothing.html', content: '<p>Text after all.</p>', mime_type: 'text/html' },
    ]);
    expect(better.documents[0]).toMatchObject({ version: 2, status: 'searchable' });
  });

  it('pages through documents and chunks without loss', async () => {
    const [rivers] = await documentsOf('external_id=rivers.md');
    for (const [path, key] of [
      ['/admin/documents', 'documents'],
      [`/admin/documents/${rivers.document_id}/chunks`, 'chunks'],
    ]) {
      const all = await get<Record<string, unknown[]>>(`${path}?limit=500`);
      const pages: unknown[] = [];
      let cursor: string | null = null;
      do {
        const page: Record<string, unknown> = await get(
          `${path}?limit=3${cursor ? `&cursor=${cursor}` : ''}`,
        );
        pages.push(...(page[key] as unknown[]));
        cursor = page.next_cursor as string | null;
      } while (cursor !== null);
      expect(pages).toEqual(all[key]);
      expect(pages.length).toBeGreaterThan(3);
    }
  });

  it('keeps collections apart, renames and deletes them', async () => {
    const made = await service.request<{ name: string; epoch: string }>('POST', '/admin/collections', {
      name: 'handbook',
      description: 'Rules',
      chunking: { max_tokens: 64 },
    });
    expect([made.status, made.body]).toEqual([
      201,
      expect.objectContaining({ name: 'handbook', epoch: '0' }),
    ]);
    const again = await service.request<ErrorBody>('POST', '/admin/collections', { name: 'handbook' });
    expect([again.status, again.body.error.code]).toEqual([409, 'CONFLICT']);
    const job = await service.ingest([{ external_id: 'notes.md', content: RIVERS }], 'handbook');
    const { chunks } = await get<{ chunks: { token_count: number }[] }>(
      `/admin/documents/${job.documents[0].document_id}/chunks?limit=500`,
    );
    expect(Math.max(...chunks.map(({ token_count }) => token_count))).toBeLessThanOrEqual(64);
    expect((await documentsOf('collection=handbook')).map(({ external_id }) => external_id)).toEqual([
      'notes.md',
    ]);
    const renamed = await service.request<{ name: string; description: string; chunking: object }>(
      'PATCH',
      '/admin/collections/handbook',
      { name: 'rules' },
    );
    expect(renamed.body).toMatchObject({
      name: 'rules',
      description: 'Rules',
      chunking: { max_tokens: 64 },
    });
    const { collections } = await get<{ collections: { name: string; documents: number }[] }>(
      '/admin/collections',
    );
    expect(collections).toContainEqual(expect.objectContaining({ name: 'rules', documents: 1 }));
    expect(await get('/admin/collections/rules')).toMatchObject(renamed.body);
    expect((await service.request('GET', '/admin/collections/handbook')).status).toBe(404);
    expect((await service.request('DELETE', '/admin/collections/rules')).status).toBe(204);
    const gone = await service.request<ErrorBody>('GET', '/admin/documents?collection=rules');
    expect([gone.status, gone.body.error.code]).toEqual([404, 'COLLECTION_NOT_FOUND']);
    expect((await service.request('GET', `/admin/documents/${job.documents[0].document_id}`)).status).toBe(
      404,
    );
  });

  it.each<[string, object, string, RegExp]>([
    [
      'two documents of one external id',
      {
        documents: [
          { external_id: 'a', content: 'x' },
          { external_id: 'a', content: 'y' },
        ],
      },
      'VALIDATION_FAILED',
      /documents\[1\]\.external_id/,
    ],
    [
      'a URL that is none of the web',
      { documents: [{ external_id: 'a', url: 'file:///etc/passwd' }] },
      'VALIDATION_FAILED',
      /documents\[0\]\.url.*http:/,
    ],
    [
      'a URL beside content',
      { documents: [{ url: 'https://example.org/', content: 'x' }] },
      'VALIDATION_FAILED',
      /documents\[0\]\.url.*one of the two/,
    ],
    [
      'a URL with a password',
      { documents: [{ url: 'https://me:secret@example.org/' }] },
      'VALIDATION_FAILED',
      /documents\[0\]\.url.*password/,
    ],
    ['no documents', { documents: [] }, 'VALIDATION_FAILED', /documents/],
    ['a body that is no object', [1], 'VALIDATION_FAILED', /./],
    [
      'metadata that nests too deep',
      {
        documents: [
          {
            external_id: 'a',
            content: 'x',
            metadata: JSON.parse(`${'{"a":'.repeat(30)}1${'}'.repeat(30)}`) as object,
          },
        ],
      },
      'VALIDATION_FAILED',
      /documents\[0\]\.metadata/,
    ],
    [
      'half a character',
      { documents: [{ external_id: 'a', content: 'x', title: 'bad \ud800 title' }] },
      'UNREADABLE_TEXT',
      /documents\[0\]\.title/,
    ],
    [
      'an empty ACL',
      { documents: [{ external_id: 'a', content: 'x', acl: [] }] },
      'VALIDATION_FAILED',
      /documents\[0\]\.acl/,
    ],
    [
      'more documents than allowed',
      { documents: Array.from({ length: 1001 }, (_, i) => ({ external_id: `a${i}`, content: 'x' })) },
      'VALIDATION_FAILED',
      /documents: must be at most 1000/,
    ],
  ])('refuses %s', async (_name, body, code, names) => {
    const response = await service.request<ErrorBody>('POST', '/admin/ingest', body);
    expect([response.status, response.body.error?.code]).toEqual([400, code]);
    expect(response.body.error.message).toMatch(names);
  });

  it('refuses forms without files, with unknown fields, or cut off', async () => {
    const empty = new FormData();
    empty.append('collection', 'default');
    const unknown = new FormData();
    unknown.append('colour', 'red');
    unknown.append('files', new Blob(['x']), 'x.txt');
    for (const [form, field] of [
      [empty, 'files'],
      [unknown, 'colour'],
    ] as const) {
      const { status, body } = await service.request<ErrorBody>('POST', '/admin/ingest', form);
      expect([status, body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
      expect(body.error.message).toContain(field);
    }
    const cut = await service.request<ErrorBody>(
      'POST',
      '/admin/ingest',
      '--x\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhello',
      { 'content-type': 'multipart/form-data; boundary=x' },
    );
    expect([cut.status, cut.body.error.code]).toEqual([400, 'BAD_REQUEST']);
    expect(await documentsOf('external_id=x.txt')).toEqual([]);
  });

  it('refuses cursors that it did not give', async () => {
    const { status, body } = await service.request<ErrorBody>('GET', '/admin/documents?cursor=xyz');
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect((await service.request('GET', '/admin/documents?limit=0')).status).toBe(400);
    expect((await service.request('GET', '/admin/documents?colour=red')).status).toBe(400);
  });
});
