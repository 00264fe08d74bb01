import { existsSync, readFileSync } from 'node:fs';
import { docxOf, encryptedOfficeFile, pdfOf, withDeclaredSize, xlsxOf } from '../support/document-files';
import { type Evergreen, eventually, type JobStatus } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';
import { startWebServer, type WebServer } from '../support/web-server';

interface Citation {
  external_id: string;
  page: string | null;
  heading_path: string[];
  language: string;
  title: string | null;
}

describe('where documents come from', () => {
  let backend: TestBackend;
  let service: Evergreen;
  let web: WebServer;
  let policy = 'Employees may work abroad for 20 days a year.';
  let status = 200;
  let refusals = 4;

  beforeAll(async () => {
    web = await startWebServer({
      '/policy': (request, response) => {
        const etag = `"${Buffer.from(policy).toString('hex').slice(-40)}"`;
        const isKnown = request.headers['if-none-match'] === etag;
        response.writeHead(isKnown ? 304 : status, { etag, 'content-type': 'text/html; charset=utf-8' });
        response.end(isKnown ? '' : `<nav>Home</nav><main><h1>Working abroad</h1><p>${policy}</p></main>`);
      },
      '/without-etag.md': (_, response) =>
        response.end('# Parking\n\nThe garage opens at six in the morning.'),
      '/flaky': (_, response) => {
        response.writeHead(--refusals >= 0 ? 503 : 200, { 'content-type': 'text/plain' });
        response.end('The lift is out of order on Tuesdays.');
      },
      '/metadata': (_, response) =>
        response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    });
    backend = await testBackend();
    service = await backend.start({ INGEST_URL_ALLOW_HOSTS: '127.0.0.1', INGEST_URL_TIMEOUT_MS: '5000' });
  });
  afterAll(async () => {
    await backend.destroy();
    await web.close();
  });

  const upload = async (files: Record<string, Buffer>): Promise<JobStatus> => {
    const form = new FormData();
    for (const [name, bytes] of Object.entries(files))
      form.append('files', new Blob([new Uint8Array(bytes)]), name);
    const { status: code, body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', form);
    expect([code, body]).toEqual([202, expect.anything()]);
    return service.finishedJob(body.job_id);
  };
  const fetchFrom = (document: object) => service.ingest([document as { external_id: string }]);

  it('reads files of every kind, and cites the page', async () => {
    const job = await upload({
      'travel.pdf': pdfOf([
        [['Travel policy', 24], ['Trips are booked by the travel desk in the main building.']],
        [['Hotels', 18], ['A hotel room may cost 140 euros per night in Berlin.']],
      ]),
      'staff.xlsx': xlsxOf({
        Phones: [
          ['Name', 'Extension'],
          ['Ada Lovelace', 4711],
        ],
      }),
      'leave.docx': docxOf(['# Parental leave', 'Parents get sixteen weeks of paid leave after a birth.']),
    });
    expect(job.documents.map(({ status: one, error }) => [one, error])).toEqual(
      Array(3).fill(['searchable', null]),
    );
    const { body } = await service.request<{ citations: Citation[] }>('POST', '/query', {
      query: 'How much may a hotel room cost per night in Berlin?',
      user_id: 'u',
    });
    expect(body.citations[0]).toMatchObject({ external_id: 'travel.pdf', language: 'english' });
    // A short document is one chunk, which reaches over both pages.
    expect(body.citations[0].page).toMatch(/2$/);
    const { body: found } = await service.request<{ passages: Citation[] }>('POST', '/search', {
      query: 'extension of Ada Lovelace',
      mode: 'text',
    });
    expect(found.passages[0]).toMatchObject({ external_id: 'staff.xlsx', page: 'Phones' });
    const { body: chunks } = await service.request<{ chunks: Citation[] }>(
      'GET',
      `/admin/documents/${job.documents[2].document_id}/chunks`,
    );
    expect(chunks.chunks[0].page).toBeNull();
  });

  it('fails broken, encrypted and swollen files one by one, with what to do', async () => {
    const good = docxOf(['Water the plants on Mondays.']);
    const job = await upload({
      'good.docx': good,
      'cut.docx': good.subarray(0, good.length - 100),
      'secret.docx': encryptedOfficeFile(),
      'secret.pdf': pdfOf([[['x']]], { encrypt: true }),
      'bomb.docx': withDeclaredSize(good, 'word/document.xml', 4_000_000_000),
      'scan.pdf': pdfOf([[]]),
    });
    expect(job.status).toBe('completed_with_errors');
    expect(job.documents.map(({ external_id, error }) => [external_id, error?.code ?? null])).toEqual([
      ['good.docx', null],
      ['cut.docx', 'UNREADABLE_DOCUMENT'],
      ['secret.docx', 'ENCRYPTED_DOCUMENT'],
      ['secret.pdf', 'ENCRYPTED_DOCUMENT'],
      ['bomb.docx', 'DOCUMENT_LIMIT_EXCEEDED'],
      ['scan.pdf', 'EMPTY_DOCUMENT'],
    ]);
    for (const { error } of job.documents.slice(1)) expect(error!.message).toMatch(/Send|Save|Split/);
  });

  it('fetches a document by its URL, and again only if it changed', async () => {
    const url = `${web.url}/policy`;
    const first = await fetchFrom({ url });
    expect(first.documents[0]).toMatchObject({ external_id: url, version: 1, status: 'searchable' });
    const answer = async () => {
      const { body } = await service.request<{ response: string; citations: Citation[] }>('POST', '/query', {
        query: 'How many days a year may employees work abroad?',
        user_id: 'u',
      });
      return body;
    };
    expect((await answer()).response).toContain('20 days');
    expect((await answer()).citations[0]).toMatchObject({ title: 'Working abroad', external_id: url });

    const asked = web.requests.length;
    const again = await fetchFrom({ url });
    expect(again).toMatchObject({ status: 'completed', documents: [{ status: 'unchanged', error: null }] });
    expect(web.requests.slice(asked).map(({ headers }) => headers['if-none-match'])).toEqual([
      expect.stringMatching(/^"/),
    ]);
    const { body: shown } = await service.request(
      'GET',
      `/admin/documents/${first.documents[0].document_id}`,
    );
    expect(shown).toMatchObject({ searchable_version: 1, status: 'unchanged', url, mime_type: 'text/html' });

    policy = 'Employees may work abroad for 45 days a year.';
    const changed = await fetchFrom({ url });
    expect(changed.documents[0].status).toBe('searchable');
    expect((await answer()).response).toContain('45 days');
    // What is said of it is another thing: a new version even of the same content.
    const titled = await fetchFrom({ url, title: 'Abroad' });
    expect(titled.documents[0].status).toBe('searchable');
  });

  it('recognises content without validators by its hash', async () => {
    const document = { external_id: 'parking', url: `${web.url}/without-etag.md` };
    expect((await fetchFrom(document)).documents[0].status).toBe('searchable');
    expect((await fetchFrom(document)).documents[0]).toMatchObject({
      external_id: 'parking',
      status: 'unchanged',
    });
  });

  it('tries again where a server is away for a while, and holds up no other document', async () => {
    const { body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [
        { external_id: 'lift', url: `${web.url}/flaky` },
        { external_id: 'stairs', content: 'The stairs are always open.' },
      ],
    });
    const stairs = async () => {
      const job = await service.request<JobStatus>('GET', `/admin/ingest/${body.job_id}`);
      return job.body.documents[1].status === 'searchable' ? job.body.documents[0].status : undefined;
    };
    expect(await eventually(stairs, 'the other document')).not.toBe('searchable');
    const job = await service.finishedJob(body.job_id);
    expect(job.documents.map((document) => document.status)).toEqual(['searchable', 'searchable']);
  });

  it('fails what cannot be fetched, keeps what is searchable, and fetches anew when asked again', async () => {
    const url = `${web.url}/policy`;
    const failing = await fetchFrom({ external_id: 'gone', url: `${web.url}/nowhere` });
    expect(failing.documents[0].error).toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/404/),
    });
    const inside = await fetchFrom({ external_id: 'inside', url: `${web.url}/metadata` });
    expect(inside.documents[0].error).toMatchObject({ code: 'SOURCE_NOT_ALLOWED' });
    status = 403;
    policy += ' Ask first.';
    const refused = await fetchFrom({ url });
    expect(refused.documents[0].error).toMatchObject({ code: 'SOURCE_FAILED' });
    const { body } = await service.request<{ passages: { content: string }[] }>('POST', '/search', {
      query: 'work abroad',
      mode: 'text',
    });
    expect(body.passages[0].content).toContain('45 days');
    status = 200;
    const back = await fetchFrom({ url });
    expect(back.documents[0]).toMatchObject({ status: 'searchable', version: refused.documents[0].version });
  });

  it('leaves no parser behind, whatever ends the service', async () => {
    const parsersOf = ({ process: { pid } }: Evergreen) =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    const areGone = async (pids: string[]) =>
      pids.every((pid) => !existsSync(`/proc/${pid}/cmdline`)) ? true : undefined;
    await upload({ 'last.docx': docxOf(['The last words.']) });
    const parsers = parsersOf(service);
    expect(parsers.length).toBeGreaterThan(0);
    await service.kill();
    await eventually(() => areGone(parsers), 'the parsers to end with their killed service');
  });
});
