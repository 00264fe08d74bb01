import type { Evergreen } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';
import { startWebServer, type WebServer } from '../support/web-server';

interface Answer {
  response: string;
  sources: string[];
  cache_hit: boolean;
}

interface StoredDocument {
  document_id: string;
  version: number;
  status: string;
  acl: string[] | null;
}

const TEXT = 'The salary band for engineers is level seven.';
const QUESTION = 'Which salary band is there for engineers?';

describe('The ACL of a document', () => {
  let backend: TestBackend;
  let service: Evergreen;
  let web: WebServer;

  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start({ INGEST_URL_ALLOW_HOSTS: '127.0.0.1', INGEST_URL_TIMEOUT_MS: '5000' });
    web = await startWebServer({
      '/salary.md': (_request, response) =>
        response.writeHead(200, { 'content-type': 'text/plain' }).end(TEXT),
    });
  });
  afterAll(async () => {
    await backend.destroy();
    await web.close();
  });

  const ask = async (user_id: string, collection: string) =>
    (await service.request<Answer>('POST', '/query', { query: QUESTION, user_id, collection })).body;
  const finds = async (user_id: string, collection: string) => {
    const { body } = await service.request<{ passages: unknown[] }>('POST', '/search', {
      query: QUESTION,
      user_id,
      collection,
    });
    return body.passages.length > 0;
  };
  /** Who of them is answered and finds the passage. */
  const readersOf = async (collection: string) => {
    const readers: string[] = [];
    for (const user of ['alice', 'bob', 'mallory']) {
      const [answer, found] = [await ask(user, collection), await finds(user, collection)];
      expect([user, answer.response.includes('level seven'), answer.sources.length > 0]).toEqual([
        user,
        found,
        found,
      ]);
      if (found) readers.push(user);
    }
    return readers;
  };
  const documentOf = async (collection: string) => {
    const path = `/admin/documents?collection=${collection}`;
    return (await service.request<{ documents: StoredDocument[] }>('GET', path)).body.documents[0];
  };
  const newCollection = async (name: string) => {
    expect((await service.request('POST', '/admin/collections', { name })).status).toBe(201);
    await service.ingest([{ external_id: 'salary.md', content: TEXT }], name);
    expect(await readersOf(name)).toEqual(['alice', 'bob', 'mallory']);
    expect((await ask('mallory', name)).cache_hit).toBe(true);
  };
  /** A version that cannot be fetched. */
  const sendFailing = async (collection: string, acl: string[]) => {
    const failing = { external_id: 'salary.md', url: `${web.url}/missing.md`, acl };
    const { status, body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
      collection,
      documents: [failing],
    });
    expect(status).toBe(202);
    return body.job_id;
  };
  const patch = (id: string, body: object) => service.request('PATCH', `/admin/documents/${id}`, body);

  it('is narrowed once a new version was accepted, also if that version fails, and not widened before one is there', async () => {
    await newCollection('failing');
    const job = await sendFailing('failing', ['user:alice', 'user:bob']);
    expect(await readersOf('failing')).toEqual(['alice', 'bob']);
    expect((await service.finishedJob(job)).documents[0].status).toBe('failed');
    expect(await readersOf('failing')).toEqual(['alice', 'bob']);

    await service.finishedJob(await sendFailing('failing', ['user:bob', 'user:mallory']));
    expect(await readersOf('failing')).toEqual(['bob']);
    expect(await documentOf('failing')).toMatchObject({ status: 'failed', acl: ['user:bob'] });

    await service.ingest(
      [{ external_id: 'salary.md', content: TEXT, acl: ['user:bob', 'user:mallory'] }],
      'failing',
    );
    expect(await readersOf('failing')).toEqual(['bob', 'mallory']);
  });

  it('is narrowed by an upload of NDJSON as well', async () => {
    await newCollection('upload');
    const line = JSON.stringify({
      external_id: 'salary.md',
      url: `${web.url}/missing.md`,
      acl: ['user:bob'],
    });
    const { status } = await service.request('POST', '/admin/ingest?collection=upload', `${line}\n`, {
      'content-type': 'application/x-ndjson',
    });
    expect(status).toBe(202);
    expect(await readersOf('upload')).toEqual(['bob']);
  });

  it('is the latest again once the source turns out not to have changed', async () => {
    await service.request('POST', '/admin/collections', { name: 'fetched' });
    const fetched = { external_id: 'salary.md', url: `${web.url}/salary.md` };
    const send = async () => {
      const accepted = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
        collection: 'fetched',
        documents: [fetched],
      });
      return (await service.finishedJob(accepted.body.job_id)).documents[0].status;
    };
    expect(await send()).toBe('searchable');
    await service.finishedJob(await sendFailing('fetched', ['user:bob']));
    expect(await readersOf('fetched')).toEqual(['bob']);
    expect(await send()).toBe('unchanged');
    expect(await readersOf('fetched')).toEqual(['alice', 'bob', 'mallory']);
  });

  it('is replaced at once by PATCH, in both directions, until a new version brings its own', async () => {
    await newCollection('patched');
    const { document_id: id } = await documentOf('patched');
    const { status, body } = await patch(id, { acl: ['user:bob', 'user:bob', 'group:hr'] });
    expect([status, body]).toEqual([200, { document_id: id, acl: ['user:bob', 'group:hr'] }]);
    expect(await readersOf('patched')).toEqual(['bob']);
    expect((await patch(id, { acl: ['user:alice'] })).status).toBe(200);
    expect(await readersOf('patched')).toEqual(['alice']);
    expect((await patch(id, { acl: null })).status).toBe(200);
    expect(await readersOf('patched')).toEqual(['alice', 'bob', 'mallory']);
    expect(await documentOf('patched')).toMatchObject({ version: 1, status: 'searchable', acl: null });

    expect((await patch(id, { acl: ['user:bob'] })).status).toBe(200);
    const job = await service.ingest([{ external_id: 'salary.md', content: TEXT }], 'patched');
    expect(job.documents[0]).toMatchObject({ version: 2, status: 'searchable' });
    expect(await readersOf('patched')).toEqual(['alice', 'bob', 'mallory']);
  });

  it('that PATCH replaced holds for a failed version, too, when it is tried again', async () => {
    await service.request('POST', '/admin/collections', { name: 'retried' });
    let isThere = false;
    const source = await startWebServer({
      '/late.md': (_request, response) =>
        isThere
          ? response.writeHead(200, { 'content-type': 'text/plain' }).end(TEXT)
          : response.writeHead(404).end(),
    });
    try {
      const failed = await service.ingest(
        [{ external_id: 'salary.md', url: `${source.url}/late.md` } as never],
        'retried',
      );
      expect(failed.documents[0].status).toBe('failed');
      const { document_id: id } = await documentOf('retried');
      expect((await patch(id, { acl: ['user:alice'] })).status).toBe(200);
      isThere = true;
      await service.request('POST', '/admin/ingest/failed/retry', { document_ids: [id] });
      expect((await service.finishedJob(failed.job_id)).documents[0].status).toBe('searchable');
      expect(await readersOf('retried')).toEqual(['alice']);
    } finally {
      await source.close();
    }
  });

  it.each([
    ['nobody', { acl: [] }],
    ['no list', { acl: 'user:alice' }],
    ['nothing', {}],
    ['what cannot be changed', { acl: null, title: 'x' }],
  ])('cannot be replaced by %s', async (_, body) => {
    const { document_id: id } = await documentOf('patched');
    const refused = await patch(id, body);
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_FAILED' } } });
  });

  it.each(['nonsense', '00000000-0000-4000-8000-000000000000'])('of no document %s is 404', async (id) => {
    const refused = await patch(id, { acl: null });
    expect(refused).toMatchObject({ status: 404, body: { error: { code: 'DOCUMENT_NOT_FOUND' } } });
  });
});
