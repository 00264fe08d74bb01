import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { docxOf, encryptedOfficeFile, pdfOf } from '../support/document-files';
import { type Evergreen, temporaryFolder } from '../support/evergreen';
import { CHECKOUT } from '../support/services';
import { type TestBackend, testBackend } from '../support/test-backend';

const MAIN = join(CHECKOUT, 'dist', 'src', 'cli', 'main.js');

interface Run {
  exitCode: number;
  out: string;
  err: string;
  /** What `--json` printed. */
  json: <T>() => T;
}

interface Summary {
  files: number;
  ingested: number;
  unchanged: number;
  skipped: { external_id: string; code: string }[];
  failed: { external_id: string; code: string; message: string }[];
}

describe('command-line client', () => {
  let backend: TestBackend;
  let service: Evergreen;
  const folder = temporaryFolder();
  const docs = join(folder.path, 'docs');

  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start();
    mkdirSync(join(docs, 'deep', 'node_modules', 'x'), { recursive: true });
    mkdirSync(join(docs, '.git'));
    const files: Record<string, string | Buffer> = {
      'garden.md': '# Garden\n\nThe roses are watered every second evening.',
      'deep/house.html': '<main><h1>House</h1><p>The chimney is swept each October.</p></main>',
      'deep/pool.pdf': pdfOf([[['The pool is heated to 26 degrees from May on.']]]),
      'deep/plan.docx': docxOf(['# Plan', 'The shed gets a new roof in spring.']),
      'secret.docx': encryptedOfficeFile(),
      'photo.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1]),
      'empty.txt': ' \n',
      'deep/node_modules/x/README.md': '# Not mine',
      '.git/HEAD': 'ref: refs/heads/main',
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(docs, name), content);
  });
  afterAll(async () => {
    await backend.destroy();
    folder.remove();
  });

  const run = (args: string[], env: Record<string, string> = {}): Promise<Run> =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [MAIN, ...args],
        { cwd: folder.path, env: { PATH: process.env.PATH, EVERGREEN_URL: service.url, ...env } },
        (_, out, err) =>
          resolve({ exitCode: child.exitCode ?? -1, out, err, json: <T>() => JSON.parse(out) as T }),
      );
    });
  const ingest = async (...more: string[]) => {
    const result = await run(['ingest', 'docs', '--collection', 'home', '--json', ...more]);
    return { ...result, summary: result.json<Summary>() };
  };

  it('brings a folder in, and says what failed', async () => {
    const { exitCode, summary } = await ingest();
    expect(exitCode).toBe(1);
    expect(summary).toMatchObject({ files: 7, ingested: 4, unchanged: 0 });
    expect(summary.failed).toEqual([
      {
        external_id: 'docs/secret.docx',
        code: 'ENCRYPTED_DOCUMENT',
        message: expect.stringMatching(/password/),
      },
    ]);
    expect(summary.skipped.map(({ external_id }) => external_id).sort()).toEqual([
      'docs/empty.txt',
      'docs/photo.png',
    ]);
    const { body } = await service.request<{ documents: { external_id: string; last_modified: string }[] }>(
      'GET',
      '/admin/documents?collection=home',
    );
    expect(body.documents.map(({ external_id }) => external_id).sort()).toEqual([
      'docs/deep/house.html',
      'docs/deep/plan.docx',
      'docs/deep/pool.pdf',
      'docs/garden.md',
      'docs/secret.docx',
    ]);
    for (const { last_modified } of body.documents) expect(last_modified).toMatch(/^20/);
  });

  it('sends only what changed since', async () => {
    rmSync(join(docs, 'secret.docx'));
    const before = await service.metric('rag_ingest_documents_total');
    const same = await ingest();
    expect([same.exitCode, same.summary]).toEqual([
      0,
      expect.objectContaining({ ingested: 0, unchanged: 4 }),
    ]);
    expect(await service.metric('rag_ingest_documents_total')).toBe(before);
    writeFileSync(join(docs, 'garden.md'), '# Garden\n\nThe roses are watered every single evening.');
    expect((await ingest()).summary).toMatchObject({ ingested: 1, unchanged: 3 });
    expect((await ingest('--force')).summary).toMatchObject({ ingested: 0, unchanged: 4 });
  });

  it('sends what has other readers or metadata now, though its bytes are the same', async () => {
    const bring = async (...more: string[]) =>
      (await run(['ingest', 'docs/garden.md', '-c', 'readers', '--json', ...more])).json<Summary>();
    const stored = async () => {
      const { body } = await service.request<{ documents: object[] }>(
        'GET',
        '/admin/documents?collection=readers',
      );
      return body.documents;
    };
    const narrow = ['--acl', 'group:family', '--metadata', '{"area": "home"}'];
    const narrowed = expect.objectContaining({ acl: ['group:family'], metadata: { area: 'home' } });
    expect(await bring()).toMatchObject({ ingested: 1, unchanged: 0 });
    expect(await bring(...narrow)).toMatchObject({ ingested: 1, unchanged: 0 });
    expect(await stored()).toEqual([narrowed]);
    expect(await bring(...narrow)).toMatchObject({ ingested: 0, unchanged: 1 });
    expect(await bring()).toMatchObject({ ingested: 0, unchanged: 1 });
    expect(await stored()).toEqual([narrowed]);
  });

  it('takes patterns, names and folders to leave out', async () => {
    const text = await run([
      'ingest',
      'docs/**/*.{md,pdf}',
      '-c',
      'some',
      '--base',
      'docs',
      '--ignore',
      '**/deep/**',
    ]);
    expect([text.exitCode, text.out]).toEqual([
      0,
      expect.stringMatching(/^1 files for some: 1 ingested, 0 unchanged, 0 skipped, 0 failed, in /),
    ]);
    expect(text.err).toBe('');
    const { body } = await service.request<{ documents: { external_id: string }[] }>(
      'GET',
      '/admin/documents?collection=some',
    );
    expect(body.documents.map(({ external_id }) => external_id)).toEqual(['garden.md']);
  });

  it('asks, with sources and pages', async () => {
    const question = 'To how many degrees is the pool heated?';
    const text = await run(['ask', question, '--collection', 'home']);
    expect(text).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/26 degrees[^]*\[1\] docs\/deep\/pool\.pdf, p\. 1/),
    });
    const json = (await run(['--json', 'ask', question, '-c', 'home'])).json<{
      citations: { page: string }[];
    }>();
    expect(json.citations[0].page).toBe('1');
  });

  it('searches', async () => {
    const { exitCode, out } = await run([
      'search',
      'chimney October',
      '-c',
      'home',
      '--top-k',
      '1',
      '--mode',
      'text',
    ]);
    expect([exitCode, out]).toEqual([
      0,
      expect.stringMatching(/docs\/deep\/house\.html, House\n.*swept each October/),
    ]);
  });

  it('shows the state of the service and of a job', async () => {
    const { exitCode, out } = await run(['status']);
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/^ready\n[^]*home +5 documents/)]);
    const { body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [{ external_id: 'x', content: 'Something.' }],
    });
    await service.finishedJob(body.job_id);
    expect((await run(['status', body.job_id])).out).toBe('completed: 1 searchable\n');
  });

  it.each<[string, string[], number, RegExp]>([
    ['no command', [], 2, /Usage/],
    ['an unknown option', ['ask', 'x', '--colour', 'red'], 2, /unknown option/],
    ['a number that is none', ['search', 'x', '--top-k', 'many'], 2, /whole number/],
    ['a URL that is none', ['status', '--url', 'nonsense'], 2, /must be a URL/],
    ['files that do not exist', ['ingest', 'nowhere/*.md'], 2, /nowhere\/\*\.md/],
    ['a service that is not there', ['status', '--url', 'http://127.0.0.1:9'], 3, /cannot be reached/],
    ['an unknown collection', ['ask', 'x', '-c', 'nothing'], 4, /COLLECTION_NOT_FOUND/],
    ['an unknown job', ['status', 'nothing'], 4, /JOB_NOT_FOUND/],
  ])('ends with its own exit code for %s', async (_what, args, exitCode, message) => {
    const result = await run(args);
    expect([result.exitCode, result.err]).toEqual([exitCode, expect.stringMatching(message)]);
  });

  it('says what a service that is not ready lacks', async () => {
    const ready = { status: 'unavailable', dependencies: { database: { status: 'down', critical: true } } };
    const away = createServer((_, response) =>
      response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify(ready)),
    );
    await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(away.address() as AddressInfo).port}`;
    expect(await run(['status', '--url', url])).toMatchObject({
      exitCode: 3,
      out: 'unavailable: database down\n',
      err: '',
    });
    const { exitCode, json } = await run(['status', '--url', url, '--json']);
    expect([exitCode, json()]).toEqual([3, ready]);
    away.close();
  });

  it('explains itself', async () => {
    const { exitCode, out } = await run(['--help']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/EVERGREEN_API_KEY[^]*Exit codes:/);
  });

  it('waits as long as a full service asks it to', async () => {
    let tries = 0;
    const full = createServer((request, response) => {
      const json = (status: number, body: object, headers = {}) =>
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify(body));
      request.resume();
      if (request.url === '/query' && ++tries < 3)
        json(429, { error: { code: 'QUEUE_FULL', message: 'full' } }, { 'retry-after': '1' });
      else json(200, { response: 'At last.', cache_hit: false, citations: [] });
    });
    await new Promise<void>((resolve) => full.listen(0, '127.0.0.1', resolve));
    const startedMs = performance.now();
    const url = `http://127.0.0.1:${(full.address() as AddressInfo).port}`;
    expect(await run(['ask', 'x', '--url', url])).toMatchObject({ exitCode: 0, out: 'At last.\n' });
    expect(performance.now() - startedMs).toBeGreaterThan(1900);
    full.close();
  });
});
