import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { configureHttp } from '../../src/common/configure-http';
import { HttpAdapter } from '../../src/common/http-adapter';
import { ConsoleModule } from '../../src/console/console.module';

const PAGE = join(__dirname, '../../src/console/page');
const FILES = readdirSync(PAGE).filter((file) => file !== 'index.html');
const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'application/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

@Module({ imports: [ConsoleModule] })
class ServedModule {}

describe('console files over HTTP', () => {
  let app: NestFastifyApplication;
  let origin: string;

  beforeAll(async () => {
    const adapter = new HttpAdapter({ body: { maxBytes: 1000, arrivalMs: 10_000 } });
    app = await NestFactory.create<NestFastifyApplication>(ServedModule, adapter, { logger: false });
    configureHttp(app, { docs: false });
    await app.listen(0, '127.0.0.1');
    origin = await app.getUrl();
  });
  afterAll(() => app.close());

  const get = (path: string, init?: RequestInit) => fetch(origin + path, { redirect: 'manual', ...init });

  /** As it is given: `fetch` would tidy the path up. */
  const statusOf = (path: string) =>
    new Promise<number | undefined>((resolve, reject) =>
      request(origin, { path }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end(),
    );

  it('serves the page', async () => {
    const response = await get('/console');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toBe(readFileSync(join(PAGE, 'index.html'), 'utf8'));
  });

  it.each(FILES)('serves %s with its type', async (file) => {
    const response = await get(`/console/${file}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(TYPES[file.split('.').at(-1)!]);
    expect(await response.text()).toBe(readFileSync(join(PAGE, file), 'utf8'));
  });

  it.each(['/console', ...FILES.map((file) => `/console/${file}`)])('guards %s', async (path) => {
    const { headers } = await get(path);
    const policy = Object.fromEntries(
      headers
        .get('content-security-policy')!
        .split('; ')
        .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
    );
    expect(policy).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self'",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      'require-trusted-types-for': "'script'",
      'trusted-types': "'none'",
    });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('set-cookie')).toBeNull();
  });

  it('is asked about at every load, and sent only when it has changed', async () => {
    const { headers } = await get('/console');
    expect(headers.get('cache-control')).toBe('no-cache');
    // As browsers ask; `fetch` of Node would add that it wants everything anew.
    const asked = (etag: string) => ({ headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } });
    const again = await get('/console', asked(headers.get('etag')!));
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(again.headers.get('content-security-policy')).toBe(headers.get('content-security-policy'));
    expect((await get('/console', asked('"another"'))).status).toBe(200);
  });

  it('answers HEAD without a body', async () => {
    const response = await get('/console', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-length')).toBe(
      String(readFileSync(join(PAGE, 'index.html')).length),
    );
  });

  it('leads from /console/ to where the addresses of the page are right', async () => {
    const response = await get('/console/');
    expect(response.status).toBe(302);
    expect(new URL(response.headers.get('location')!, `${origin}/console/`).pathname).toBe('/console');
  });

  it('asks for nothing but its own files, by relative addresses, and runs nothing in between', () => {
    const page = readFileSync(join(PAGE, 'index.html'), 'utf8');
    const addresses = [...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    const files = addresses.filter((address) => address.startsWith('console/'));
    expect(files).toEqual(expect.arrayContaining(['console/main.js']));
    for (const file of files) expect(FILES).toContain(file.slice('console/'.length));
    for (const address of addresses) expect(address).toMatch(/^(console\/[\w.-]+|docs|#\w+)$/);
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  });

  it.each([
    '/console/nothing.js',
    '/console/index.html',
    '/console/console.module.js',
    '/console/../main.js',
    '/console/..%2fconsole.module.js',
    '/console/%2e%2e/%2e%2e/package.json',
    '/console/..\\console.module.js',
    '/console/main.js/',
    '/consolex',
  ])('has nothing at %s', async (path) => {
    expect(await statusOf(path)).toBe(404);
  });

  it('answers what it has not, and other methods, as the service does everywhere', async () => {
    const missing = await get('/console/nothing.js');
    expect(await missing.json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
    const posted = await get('/console', { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});
