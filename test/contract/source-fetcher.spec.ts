import dns from 'node:dns';
import { gzipSync } from 'node:zlib';
import { AppConfig } from '../../src/config/app-config';
import { SourceFetcher } from '../../src/ingestion/sources/source-fetcher';
import { startWebServer, type WebServer } from '../support/web-server';

const LIMIT = 100_000;
/** Made before the requests: compressing takes part of their time limit. */
const BOMB = gzipSync(Buffer.alloc(50_000_000));

describe('SourceFetcher', () => {
  let server: WebServer;
  let fetcher: SourceFetcher;
  let strict: SourceFetcher;
  let dripping: NodeJS.Timeout;

  beforeAll(async () => {
    server = await startWebServer({
      '/page': (_, response) =>
        response
          .writeHead(200, {
            'content-type': 'text/html',
            etag: '"v1"',
            'last-modified': 'Tue, 04 Nov 2025 10:00:00 GMT',
          })
          .end('<p>Hello</p>'),
      '/known': (request, response) => {
        const isKnown = request.headers['if-none-match'] === '"v1"';
        response.writeHead(isKnown ? 304 : 200, { etag: '"v1"' }).end(isKnown ? undefined : 'new');
      },
      '/moved': (_, response) => response.writeHead(302, { location: '/page?x=1' }).end('moved'),
      '/loop': (_, response) => response.writeHead(301, { location: '/loop' }).end(),
      '/to-file': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      '/to-metadata': (_, response) =>
        response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
      '/to-nonsense': (_, response) => response.writeHead(302, { location: 'http://[' }).end(),
      '/huge': (_, response) => {
        response.writeHead(200);
        const more = () => {
          while (response.writable && response.write('x'.repeat(10_000)));
        };
        response.on('drain', more).on('error', () => undefined);
        more();
      },
      '/huge-said': (_, response) => response.writeHead(200, { 'content-length': '999999999' }).write('x'),
      '/zipped': (_, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('unzipped text')),
      '/bomb': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB),
      '/odd-coding': (_, response) => response.writeHead(200, { 'content-encoding': 'rot13' }).end('x'),
      '/drip': (_, response) => {
        response.writeHead(200);
        dripping = setInterval(() => response.write('.'), 50);
      },
      '/gone': (_, response) => response.writeHead(410).end(),
      '/busy': (_, response) => response.writeHead(429, { 'retry-after': '1' }).end(),
      '/broken': (_, response) => response.writeHead(503).end(),
      '/cut': (request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('only this');
        setTimeout(() => request.socket.destroy(), 20);
      },
    });
    const settings = { MAX_DOCUMENT_BYTES: String(LIMIT), INGEST_URL_TIMEOUT_MS: '600' };
    strict = new SourceFetcher(AppConfig.parse(settings));
    fetcher = new SourceFetcher(AppConfig.parse({ ...settings, INGEST_URL_ALLOW_HOSTS: '127.0.0.0/8' }));
  });
  afterAll(async () => {
    clearInterval(dripping);
    await fetcher.onModuleDestroy();
    await strict.onModuleDestroy();
    await server.close();
  });

  const fetch = (path: string, etag: string | null = null) =>
    fetcher.fetch(
      server.url + path,
      etag === null ? null : { etag, lastModified: null },
      new AbortController().signal,
    );

  it('gives content with what its server says of it', async () => {
    expect(await fetch('/page')).toMatchObject({
      changed: true,
      bytes: Buffer.from('<p>Hello</p>'),
      contentType: 'text/html',
      validators: { etag: '"v1"', lastModified: 'Tue, 04 Nov 2025 10:00:00 GMT' },
    });
  });

  it('asks only for what changed', async () => {
    expect(await fetch('/known', '"v1"')).toEqual({
      changed: false,
      validators: { etag: '"v1"', lastModified: null },
    });
    expect(await fetch('/known', '"v0"')).toMatchObject({ changed: true, bytes: Buffer.from('new') });
  });

  it('follows redirects, and says where they led', async () => {
    const reply = await fetch('/moved');
    expect(reply).toMatchObject({ changed: true, url: new URL(`${server.url}/page?x=1`) });
  });

  it('unpacks what it counts', async () => {
    expect(await fetch('/zipped')).toMatchObject({ bytes: Buffer.from('unzipped text') });
  });

  it.each<[string, string, string, RegExp]>([
    ['a redirect without end', '/loop', 'SOURCE_FAILED', /more than 5 times/],
    ['a redirect to a file', '/to-file', 'SOURCE_NOT_ALLOWED', /file:/],
    ['a redirect to the metadata of a cloud', '/to-metadata', 'SOURCE_NOT_ALLOWED', /169\.254\.169\.254/],
    ['a redirect to nonsense', '/to-nonsense', 'SOURCE_FAILED', /invalid URL/],
    ['a body without end', '/huge', 'PAYLOAD_TOO_LARGE', /100000/],
    ['a body that says it is too large', '/huge-said', 'PAYLOAD_TOO_LARGE', /100000/],
    ['a body that unpacks to too much', '/bomb', 'PAYLOAD_TOO_LARGE', /100000/],
    ['an unknown coding', '/odd-coding', 'SOURCE_FAILED', /rot13/],
    ['a body that drips', '/drip', 'SOURCE_UNAVAILABLE', /600 ms/],
    ['what is gone', '/gone', 'SOURCE_FAILED', /410/],
    ['what is not there', '/nowhere', 'SOURCE_FAILED', /404/],
    ['a busy server', '/busy', 'SOURCE_UNAVAILABLE', /429/],
    ['a broken server', '/broken', 'SOURCE_UNAVAILABLE', /503/],
    ['a cut connection', '/cut', 'SOURCE_UNAVAILABLE', /cannot be reached/],
  ])('gives up %s', async (_what, path, code, message) => {
    await expect(fetch(path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('says that nobody listens', async () => {
    const signal = new AbortController().signal;
    await expect(fetcher.fetch('http://127.0.0.1:9/', null, signal)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
    });
  });

  it('connects to no private address, by number or by name, and asks it nothing', async () => {
    const before = server.requests.length;
    for (const url of [server.url, `http://localhost:${server.port}`, `http://2130706433:${server.port}`])
      await expect(strict.fetch(`${url}/page`, null, new AbortController().signal)).rejects.toMatchObject({
        code: 'SOURCE_NOT_ALLOWED',
      });
    expect(server.requests.length).toBe(before);
  });

  it('connects to the very address that it checked, however the name resolves next', async () => {
    const answers = ['93.184.216.34', '127.0.0.1'];
    let asked = 0;
    const original = dns.lookup;
    const rebinding = (
      _: string,
      __: unknown,
      done: (e: null, a: { address: string; family: number }[]) => void,
    ) => done(null, [{ address: answers[Math.min(asked++, 1)], family: 4 }]);
    Object.assign(dns, { lookup: rebinding });
    try {
      const before = server.requests.length;
      // The first answer is public and leads nowhere within the time; the second is refused.
      const fetched = () =>
        strict.fetch(`http://rebind.example:${server.port}/page`, null, new AbortController().signal);
      await expect(fetched()).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
      expect(asked).toBe(1);
      await expect(fetched()).rejects.toMatchObject({ code: 'SOURCE_NOT_ALLOWED' });
      expect(server.requests.length).toBe(before);
    } finally {
      Object.assign(dns, { lookup: original });
    }
  });

  it('says the same of a host that does not exist and of one that is not public', async () => {
    const original = dns.lookup;
    type Done = (error: Error | null, addresses?: { address: string; family: number }[]) => void;
    const privateNames = (name: string, _: unknown, done: Done) =>
      name.startsWith('wiki')
        ? done(null, [{ address: '10.1.2.3', family: 4 }])
        : done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
    Object.assign(dns, { lookup: privateNames });
    const failureOf = async (host: string) => {
      const signal = new AbortController().signal;
      const failure = await strict.fetch(`http://${host}/`, null, signal).catch((error: unknown) => error);
      const { code, message } = failure as Error & { code: string };
      return { code, message: message.replaceAll(host, 'HOST') };
    };
    try {
      expect(await failureOf('wiki.example')).toEqual(await failureOf('none.example'));
      expect(await failureOf('wiki.example')).toMatchObject({ code: 'SOURCE_NOT_ALLOWED' });
    } finally {
      Object.assign(dns, { lookup: original });
    }
  });

  it('ends at once when its caller does', async () => {
    const stopped = new AbortController();
    const fetching = fetcher.fetch(`${server.url}/drip`, null, stopped.signal);
    stopped.abort(new Error('the service stops'));
    await expect(fetching).rejects.toThrow('the service stops');
  });
});
