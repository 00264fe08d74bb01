import type { Evergreen, Reply } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

interface ErrorBody {
  error: { code: string; message: string; request_id: string; details?: Record<string, unknown> };
}

describe('bad input', () => {
  let backend: TestBackend;
  let service: Evergreen;

  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start({ MAX_BODY_BYTES: '200000', MAX_DOCUMENT_BYTES: '50000' });
    await service.ingest([{ external_id: 'seed.md', content: 'The seed document is about apples.' }]);
  });
  afterAll(() => backend.destroy());

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    service.request<ErrorBody>('POST', path, body, headers);
  const ingest = (document: object) => post('/admin/ingest', { documents: [document] });

  async function expectNothingStored(): Promise<void> {
    const { body } = await service.request<{ documents: { external_id: string }[] }>(
      'GET',
      '/admin/documents',
    );
    expect(body.documents.map(({ external_id }) => external_id)).toEqual(['seed.md']);
    expect((await service.request('GET', '/health/live')).status).toBe(200);
  }

  function expectError(
    { status, body }: Reply<ErrorBody>,
    expectedStatus: number,
    code: string,
    names: RegExp,
  ): void {
    expect([status, body.error?.code]).toEqual([expectedStatus, code]);
    expect(body.error.message + JSON.stringify(body.error.details ?? {})).toMatch(names);
    expect(body.error.request_id).toMatch(/\S/);
    expect(JSON.stringify(body)).not.toMatch(/SELECT|INSERT|node_modules|at \w+ \(/);
  }

  it.each<[string, object, number, string, RegExp]>([
    ['an empty document', { external_id: 'x', content: '' }, 400, 'EMPTY_DOCUMENT', /documents\[0\]/],
    [
      'only white space',
      { external_id: 'x', content: ' \n\t\u200b' },
      400,
      'EMPTY_DOCUMENT',
      /documents\[0\]/,
    ],
    ['no content at all', { external_id: 'x' }, 400, 'VALIDATION_FAILED', /content/],
    ['no external id', { content: 'text' }, 400, 'VALIDATION_FAILED', /external_id/],
    [
      'an unknown field',
      { external_id: 'x', content: 'text', colour: 'red' },
      400,
      'VALIDATION_FAILED',
      /colour/,
    ],
    ['a number for content', { external_id: 'x', content: 7 }, 400, 'VALIDATION_FAILED', /content/],
    [
      'binary posing as text',
      { external_id: 'x', content: 'PK\u0003\u0004\u0000\u0000\u0000' },
      400,
      'UNREADABLE_TEXT',
      /documents\[0\]/,
    ],
    [
      'a document above the limit',
      { external_id: 'x', content: 'long '.repeat(11_000) },
      413,
      'PAYLOAD_TOO_LARGE',
      /50000/,
    ],
    [
      'an unsupported type',
      { external_id: 'x', content: 'text', mime_type: 'application/x-tar' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      /text\/markdown/,
    ],
    [
      'a date that is none',
      { external_id: 'x', content: 'text', last_modified: 'yesterday' },
      400,
      'VALIDATION_FAILED',
      /last_modified/,
    ],
    ...['2026-W10', '20261122', '0000-01-01', '2026-02-30'].map(
      (date): [string, object, number, string, RegExp] => [
        `the date ${date}`,
        { external_id: 'x', content: 'text', last_modified: date },
        400,
        'VALIDATION_FAILED',
        /last_modified: must be a date such as/,
      ],
    ),
    [
      'a name that no index takes',
      { external_id: '漢'.repeat(1024), content: 'text' },
      400,
      'VALIDATION_FAILED',
      /external_id: must not take more than 2048 bytes/,
    ],
    [
      'an ACL that is no list',
      { external_id: 'x', content: 'text', acl: 'alice' },
      400,
      'VALIDATION_FAILED',
      /acl/,
    ],
  ])('refuses %s', async (_name, document, status, code, names) => {
    expectError(await ingest(document), status, code, names);
    await expectNothingStored();
  });

  it('stores nothing of a request when one of its documents is bad', async () => {
    const documents = [
      { external_id: 'good', content: 'good' },
      { external_id: 'bad', content: '' },
    ];
    expectError(await post('/admin/ingest', { documents }), 400, 'EMPTY_DOCUMENT', /documents\[1\]/);
    await expectNothingStored();
  });

  it('refuses a body above the limit', async () => {
    const response = await ingest({ external_id: 'x', content: 'x'.repeat(250_000) });
    expectError(response, 413, 'PAYLOAD_TOO_LARGE', /200000/);
    await expectNothingStored();
  });

  it('refuses malformed JSON', async () => {
    const response = await post('/query', '{"query": "x', { 'content-type': 'application/json' });
    expectError(response, 400, 'BAD_REQUEST', /JSON/);
  });

  it('refuses JSON that nests without end', async () => {
    const deep = '['.repeat(90_000) + ']'.repeat(90_000);
    const { status, body } = await post('/query', deep, { 'content-type': 'application/json' });
    expect(status).toBe(400);
    expect(body.error.code).toMatch(/BAD_REQUEST|VALIDATION_FAILED/);
    const metadata = JSON.parse('{"a":'.repeat(200) + '1' + '}'.repeat(200)) as object;
    expect((await ingest({ external_id: 'x', content: 'text', metadata })).status).toBe(400);
    await expectNothingStored();
  });

  it('refuses a content type that it does not read', async () => {
    const response = await post('/query', 'query=hello', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expectError(response, 415, 'UNSUPPORTED_MEDIA_TYPE', /application\/json/);
  });

  it.each(['/v1/chat/completions', '/query', '/search', '/v1/embeddings', '/admin/collections'])(
    'refuses lines of JSON without any line for POST %s, and lives on',
    async (path) => {
      const reply = await post(path, '', { 'content-type': 'application/x-ndjson' });
      expect(reply.status).toBe(400);
      expect((await service.request('GET', '/health/live')).status).toBe(200);
    },
  );

  it('refuses a rate that the database cannot hold', async () => {
    const reply = await post('/admin/embedding-spaces/1/resume', { chunks_per_second: 1e308 });
    expectError(reply, 400, 'VALIDATION_FAILED', /chunks_per_second/);
  });

  it.each(['collection', 'mime_type'])('refuses an upload whose field %s is no text', async (field) => {
    const form = new FormData();
    form.append('files', new Blob(['About pears.']), 'pears.md');
    form.append(field, 'a\0b');
    expectError(await post('/admin/ingest', form), 400, 'UNREADABLE_TEXT', new RegExp(field));
    await expectNothingStored();
  });

  it('refuses an uploaded file that is not text of its type', async () => {
    const form = new FormData();
    form.append(
      'files',
      new Blob([new Uint8Array([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28])], { type: 'text/plain' }),
      'a.txt',
    );
    expectError(await post('/admin/ingest', form), 400, 'UNREADABLE_TEXT', /a\.txt/);
    await expectNothingStored();
  });

  it.each<[string, object, RegExp]>([
    ['an empty question', { query: ' ', user_id: 'a' }, /query/],
    ['no user', { query: 'What?' }, /user_id/],
    ['a wrong top_k', { query: 'What?', user_id: 'a', top_k: 0 }, /top_k/],
    ['an unknown field', { query: 'What?', user_id: 'a', model: 'x' }, /model/],
    [
      'an unknown filter condition',
      { query: 'What?', user_id: 'a', filters: { metadata: { a: { like: 'x' } } } },
      /metadata/,
    ],
    [
      'a document id that is none',
      { query: 'What?', user_id: 'a', filters: { document_ids: ["1' OR '1'='1"] } },
      /document_ids/,
    ],
  ])('refuses a query with %s and names the field', async (_name, body, names) => {
    expectError(await post('/query', body), 400, 'VALIDATION_FAILED', names);
  });

  it('says that a collection is unknown', async () => {
    const body = { query: 'What?', user_id: 'a', collection: 'nowhere' };
    expectError(await post('/query', body), 404, 'COLLECTION_NOT_FOUND', /nowhere/);
    expectError(
      await post('/search', { query: 'What?', collection: 'nowhere' }),
      404,
      'COLLECTION_NOT_FOUND',
      /nowhere/,
    );
  });

  it.each([
    ['GET', '/admin/ingest/00000000-0000-4000-8000-000000000000', 'JOB_NOT_FOUND'],
    ['GET', '/admin/documents/00000000-0000-4000-8000-000000000000', 'DOCUMENT_NOT_FOUND'],
    ['DELETE', '/admin/documents/00000000-0000-4000-8000-000000000000', 'DOCUMENT_NOT_FOUND'],
    ['GET', '/nothing/here', 'NOT_FOUND'],
  ])('answers %s %s with 404', async (method, path, code) => {
    expectError(await service.request<ErrorBody>(method, path), 404, code, /\S/);
  });

  it('accepts strange but valid text and gives it back unharmed', async () => {
    const content =
      "Zażółć gęślą jaźń 🌲\u200d🔥 \u202eright to left\u202c — NULL '; DROP TABLE chunk; -- {{ }} %s $1";
    const job = await service.ingest([{ external_id: "o'brien; --.txt", content, mime_type: 'text/plain' }]);
    const { body } = await service.request<{ chunks: { content: string }[] }>(
      'GET',
      `/admin/documents/${job.documents[0].document_id}/chunks`,
    );
    expect(body.chunks.map((chunk) => chunk.content).join('')).toContain('Zażółć gęślą jaźń 🌲\u200d🔥');
    const answer = await post('/query', { query: "Zażółć '; DROP TABLE chunk; --", user_id: "a'; --" });
    expect(answer.status).toBe(200);
  });
});
