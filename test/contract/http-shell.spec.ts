import { connect, type Socket } from 'node:net';
import { Body, Controller, Get, Module, Param, Post, Query, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../src/common/app-error';
import { BodyTypes, LargeBody, Public } from '../../src/common/route-config';
import { configureHttp, openApiDocument } from '../../src/common/configure-http';
import { HttpAdapter } from '../../src/common/http-adapter';
import type { ErrorBody } from '../../src/common/error-body';

class DocumentDto {
  @ApiProperty()
  @IsString()
  @MinLength(1)
  content: string;

  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown>;
}

class IngestDto {
  @IsArray()
  @ArrayMaxSize(3)
  @ValidateNested({ each: true })
  @Type(() => DocumentDto)
  documents: DocumentDto[];
}

class PageDto {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number;
}

@Public()
@Controller('toy')
class ToyController {
  @Post('documents')
  ingest(@Body() body: IngestDto): IngestDto {
    return body;
  }

  @Post('raw')
  @BodyTypes('application/x-ndjson', 'text/x-raw')
  raw(@Req() request: FastifyRequest): { read: boolean } {
    return { read: request.body === request.raw };
  }

  @Post('large')
  @LargeBody()
  large(@Body() body: IngestDto): { bytes: number } {
    return { bytes: body.documents[0].content.length };
  }

  @Get('documents')
  page(@Query() query: PageDto): PageDto {
    return query;
  }

  @Get('documents/:id')
  one(@Param('id') id: string): { id: string } {
    return { id };
  }

  @Get('broken')
  broken(): never {
    throw new Error('SELECT secret FROM vault', { cause: new Error('inner') });
  }

  @Get('busy')
  busy(): never {
    throw new AppError('RATE_LIMITED', 'Slow down.', { retryAfterSeconds: 2.2 });
  }

  @Get('away')
  away(): never {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  }
}

@Module({ controllers: [ToyController] })
class ToyModule {}

const MAX_BODY_BYTES = 1_048_576;
const ARRIVAL_MS = 400;

describe('HTTP shell', () => {
  let app: NestFastifyApplication;
  let port: number;
  const logged: string[] = [];

  beforeAll(async () => {
    const record = (message: unknown) => void logged.push(String(message));
    const adapter = new HttpAdapter({
      body: { maxBytes: MAX_BODY_BYTES, arrivalMs: ARRIVAL_MS },
      largeBody: { maxBytes: 4 * MAX_BODY_BYTES, arrivalMs: 60_000 },
      errorMappers: [
        (error) =>
          error instanceof Error && 'code' in error && /^ECONN/.test(String(error.code))
            ? new AppError('DATABASE_UNAVAILABLE', 'The database is away.', { cause: error })
            : null,
      ],
    });
    app = await NestFactory.create<NestFastifyApplication>(ToyModule, adapter, {
      logger: { log: () => undefined, error: record, warn: record },
    });
    for (const type of ['application/x-ndjson', 'text/x-raw'])
      adapter.getInstance().addContentTypeParser(type, (_request, body, done) => done(null, body));
    // Serving /docs needs native import(), which Jest's CommonJS loader does not have; end-to-end tests ask for it.
    configureHttp(app, { docs: false });
    await app.listen(0, '127.0.0.1');
    port = Number(new URL(await app.getUrl()).port);
  });

  afterAll(() => app.close());

  afterEach(async () => {
    // Whatever a test sent: the service is up and answers correctly.
    const response = await fetch(url('/toy/documents/alive'));
    expect(await response.json()).toEqual({ id: 'alive' });
  });

  const url = (path: string) => `http://127.0.0.1:${port}${path}`;

  function post(
    body: string | Uint8Array | undefined,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ) {
    return fetch(url('/toy/documents'), { method: 'POST', headers, body: body as RequestInit['body'] });
  }

  async function expectError(response: Response, status: number, code: string): Promise<ErrorBody['error']> {
    const text = await response.text();
    expect(text).toContain(`"code":"${code}"`);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const { error, ...rest } = JSON.parse(text) as ErrorBody;
    expect(rest).toEqual({});
    expect(Object.keys(error).sort()).toEqual(['code', 'details', 'message', 'request_id']);
    expect(error.request_id).toBe(response.headers.get('x-request-id'));
    expect(text).not.toMatch(/node_modules|\.ts:|SELECT|\\n\s+at /);
    return error;
  }

  /** Everything the server says to raw bytes until it closes the connection. */
  function sendRaw(bytes: string | Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
      let answer = '';
      socket.setTimeout(5000, () => socket.destroy(new Error(`no end after: ${answer}`)));
      socket.on('data', (data) => (answer += data.toString()));
      socket.on('close', () => resolve(answer));
      socket.on('error', (error) => (answer ? resolve(answer) : reject(error)));
    });
  }

  describe('good input', () => {
    it('passes unchanged, metadata of any shape included', async () => {
      const body = {
        documents: [
          { content: 'Zürich 🌱 \\u0000', metadata: { a: { b: [1, null, 'x'] }, then: true, '': 1 } },
        ],
      };
      const response = await post(JSON.stringify(body));
      expect(response.status).toBe(201);
      expect(await response.json()).toEqual(body);
    });

    it('takes over a harmless request id and replaces any other', async () => {
      const send = (id: string) => fetch(url('/toy/documents'), { headers: { 'x-request-id': id } });
      expect((await send('trace-42.a_b')).headers.get('x-request-id')).toBe('trace-42.a_b');
      expect((await send('a b"{}')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect((await send('x'.repeat(200))).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    });

    it('converts a query string where its DTO says so', async () => {
      expect(await (await fetch(url('/toy/documents?limit=7'))).json()).toEqual({ limit: 7 });
    });
  });

  describe('malformed bodies', () => {
    it.each([
      ['cut off', '{"documents": [{"content": "x"'],
      ['no JSON', 'hello'],
      ['two values', '{} {}'],
      ['a lone quote', '"'],
      ['an escape at the end', '"\\'],
      ['a raw control character', '{"documents": [{"content": "a\u0001b"}]}'],
      ['a comment', '{/* */}'],
    ])('%s: 400', async (_, body) => {
      await expectError(await post(body), 400, 'BAD_REQUEST');
    });

    it('invalid UTF-8: 400', async () => {
      const body = Buffer.concat([
        Buffer.from('{"documents": [{"content": "'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}]}'),
      ]);
      const error = await expectError(await post(body), 400, 'BAD_REQUEST');
      expect(error.message).toMatch(/UTF-8/);
    });

    it.each([
      ['arrays', '['.repeat(100_000)],
      ['closed arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
      ['objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
      ['metadata', `{"documents":[{"content":"x","metadata":${'{"a":'.repeat(80)}1${'}'.repeat(80)}}]}`],
    ])('%s nested too deeply: 400', async (_, body) => {
      const error = await expectError(await post(body), 400, 'BAD_REQUEST');
      expect(error.details).toEqual({ maxDepth: 64 });
    });

    it('does not count brackets inside strings', async () => {
      const content = `${'[{'.repeat(1000)}"\\"${',[\\'.repeat(1000)}`;
      expect((await post(JSON.stringify({ documents: [{ content }] }))).status).toBe(201);
    });

    it('too many values: 400', async () => {
      const error = await expectError(await post(`[${'0,'.repeat(200_000)}0]`), 400, 'BAD_REQUEST');
      expect(error.details).toEqual({ maxValues: 100_000 });
    });

    it('an object of too many fields: 400 naming it', async () => {
      const metadata = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, i]));
      const body = JSON.stringify({ documents: [{ content: 'x', metadata }] });
      const error = await expectError(await post(body), 400, 'VALIDATION_FAILED');
      expect(error.details.fields).toMatchObject([{ field: 'documents[0].metadata' }]);
    });

    it.each(['__proto__', 'constructor', 'prototype'])('the name %s anywhere: 400', async (name) => {
      const body = `{"documents":[{"content":"x","metadata":{"a":[{"${name}":{"admin":true}}]}}]}`;
      const error = await expectError(await post(body), 400, 'VALIDATION_FAILED');
      expect(error.details.fields).toEqual([
        { field: `documents[0].metadata.a[0].${name}`, problem: 'is a name that is not accepted anywhere' },
      ]);
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    });

    it('an escaped name of a prototype: 400', async () => {
      await expectError(await post('{"\\u005f_proto__": {"x": 1}}'), 400, 'VALIDATION_FAILED');
    });

    it('the character U+0000 in a string: 400 naming the field', async () => {
      const body = '{"documents":[{"content":"ok"},{"content":"a\\u0000b"}]}';
      const error = await expectError(await post(body), 400, 'UNREADABLE_TEXT');
      expect(error.details.fields).toMatchObject([{ field: 'documents[1].content' }]);
    });
  });

  describe('wrong fields', () => {
    it.each([
      ['a missing field', '{}', ['documents']],
      ['an empty body', '', ['documents']],
      ['null', 'null', ['documents']],
      ['a list', '[]', ['body']],
      ['a string', '"x"', ['body']],
      ['a number', '1', ['body']],
      ['an unknown field', '{"documents": [], "nope": 1}', ['nope']],
      ['a wrong type', '{"documents": "x"}', ['documents']],
      [
        'nested fields',
        '{"documents": [{"content": "x"}, {"content": 7, "x": 1}]}',
        ['documents[1].content', 'documents[1].x'],
      ],
      ['a nested null', '{"documents": [null]}', ['documents[0]']],
      ['no conversion of JSON', '{"documents": [{"content": 5}]}', ['documents[0].content']],
    ])('%s: 400 naming it', async (_, body, fields) => {
      const error = await expectError(await post(body), 400, 'VALIDATION_FAILED');
      const named = (error.details.fields as { field: string; problem: string }[]).map(({ field }) => field);
      expect(named.sort()).toEqual(fields.sort());
      for (const field of fields) expect(error.message).toContain(field);
    });

    it.each(['?limit=abc', '?limit=0', '?limit=1&limit=2', '?nope=1', '?limit=1e99', '?__proto__=1'])(
      'query string %s: 400',
      async (query) => {
        await expectError(await fetch(url(`/toy/documents${query}`)), 400, 'VALIDATION_FAILED');
      },
    );

    it.each(['?limit=%00', '/a%00b'])('U+0000 in %s: 400', async (rest) => {
      await expectError(await fetch(url(`/toy/documents${rest}`)), 400, 'UNREADABLE_TEXT');
    });
  });

  describe('content types and sizes', () => {
    it.each([
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'nonsense',
    ])('%s: 415', async (type) => {
      const error = await expectError(
        await post('documents=1', { 'content-type': type }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      );
      expect(error.details.supported).toContain('application/json');
    });

    it.each(['application/x-ndjson', 'Text/X-Raw; charset=utf-8'])(
      '%s, which another route reads: 415 here, before a handler sees what its parser gives',
      async (type) => {
        expect(
          (await fetch(url('/toy/raw'), { method: 'POST', headers: { 'content-type': type }, body: 'a' }))
            .status,
        ).toBe(201);
        const error = await expectError(
          await post('a', { 'content-type': type }),
          415,
          'UNSUPPORTED_MEDIA_TYPE',
        );
        expect(error.details.supported).toEqual(['application/json']);
      },
    );

    it('JSON, where a route reads something else: 415 with what it reads', async () => {
      const response = await fetch(url('/toy/raw'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      const error = await expectError(response, 415, 'UNSUPPORTED_MEDIA_TYPE');
      expect(error.details.supported).toEqual(['application/x-ndjson', 'text/x-raw']);
    });

    it('no content type at all: 415', async () => {
      await expectError(await post(Buffer.from('{}'), {}), 415, 'UNSUPPORTED_MEDIA_TYPE');
    });

    it.each([MAX_BODY_BYTES + 1, 8 * MAX_BODY_BYTES])('%d bytes: 413 with the limit', async (bytes) => {
      const error = await expectError(await post(Buffer.alloc(bytes, 'x')), 413, 'PAYLOAD_TOO_LARGE');
      expect(error.details).toEqual({ limitBytes: MAX_BODY_BYTES });
    });

    it('a body of unknown length that grows too large: 413', async () => {
      async function* chunks() {
        for (let i = 0; i < 40; i++) yield Buffer.alloc(65_536, 'x');
      }
      const response = await fetch(url('/toy/documents'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: ReadableStream.from(chunks()),
        duplex: 'half',
      } as RequestInit);
      await expectError(response, 413, 'PAYLOAD_TOO_LARGE');
    });
  });

  describe('bodies of documents', () => {
    const send = (bytes: number) =>
      fetch(url('/toy/large'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ documents: [{ content: 'x'.repeat(bytes) }] }),
      });

    it('may be larger than others, up to a limit of their own', async () => {
      expect(await (await send(2 * MAX_BODY_BYTES)).json()).toEqual({ bytes: 2 * MAX_BODY_BYTES });
      const error = await expectError(await send(4 * MAX_BODY_BYTES), 413, 'PAYLOAD_TOO_LARGE');
      expect(error.details).toEqual({ limitBytes: 4 * MAX_BODY_BYTES });
    });
  });

  describe('slow bodies', () => {
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{`;

    it('are answered with 408 and hung up on', async () => {
      const startedMs = performance.now();
      const answer = await sendRaw(head('/toy/documents'));
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(answer).toContain('"code":"REQUEST_TIMEOUT"');
      expect(performance.now() - startedMs).toBeGreaterThan(ARRIVAL_MS - 50);
    });

    it('of a request that was refused before are hung up on without a second answer', async () => {
      const answer = await sendRaw(head('/toy/nothing').replace('application/json', 'text/plain'));
      expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
      expect(answer).toMatch(/^HTTP\/1\.1 4/);
    });

    it('of documents are waited for longer', async () => {
      const slow = connect(port, '127.0.0.1', () => slow.write(head('/toy/large')));
      await sendRaw(head('/toy/documents'));
      expect(slow.destroyed).toBe(false);
      expect(slow.bytesRead).toBe(0);
      slow.destroy();
    });
  });

  describe('routes and methods', () => {
    it('an unknown path: 404', async () => {
      await expectError(await fetch(url('/toy/nothing/here')), 404, 'NOT_FOUND');
    });

    it.each(['DELETE', 'PUT', 'PATCH', 'OPTIONS'])(
      '%s on a route without it: 405 with Allow',
      async (method) => {
        const response = await fetch(url('/toy/documents'), { method });
        await expectError(response, 405, 'METHOD_NOT_ALLOWED');
        expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
      },
    );

    it('HEAD answers like GET without a body', async () => {
      const response = await fetch(url('/toy/documents/x'), { method: 'HEAD' });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('');
    });

    it.each(['/%', '/toy/documents/%E0%A4%A', '/%c0%af'])('the undecodable path %s: 400', async (path) => {
      const answer = await sendRaw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"BAD_REQUEST"');
    });

    it('a very long parameter: an error in the one shape', async () => {
      await expectError(await fetch(url(`/toy/documents/${'a'.repeat(5000)}`)), 404, 'NOT_FOUND');
    });
  });

  describe('what is no HTTP request', () => {
    it.each([
      [
        'headers of 100 KB',
        `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(100_000)}\r\n\r\n`,
        431,
        'HEADERS_TOO_LARGE',
      ],
      ['garbage', 'hello\r\n\r\n', 400, 'BAD_REQUEST'],
      [
        'two lengths',
        'POST /toy/documents HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
        400,
        'BAD_REQUEST',
      ],
      [
        'length and chunks',
        'POST /toy/documents HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        400,
        'BAD_REQUEST',
      ],
      [
        'a broken chunk',
        'POST /toy/documents HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
        400,
        'BAD_REQUEST',
      ],
    ])('%s: an answer in the one shape', async (_, bytes, status, code) => {
      const answer = await sendRaw(bytes);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as ErrorBody;
      expect(body.error.code).toBe(code);
    });

    it('a client that goes away in the middle of a body does no harm and is no fault', async () => {
      logged.length = 0;
      const left = new Promise((resolve) =>
        app.getHttpServer().once('connection', (socket: Socket) => socket.once('close', resolve)),
      );
      const socket = connect(port, '127.0.0.1');
      socket.write(
        'POST /toy/documents HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"docu',
        () => socket.destroy(),
      );
      await left;
      await (await fetch(url('/toy/documents'))).text();
      expect(logged).toEqual([]);
    });
  });

  describe('faults', () => {
    it('an unexpected error: 500 without its cause, which is logged once with the request id', async () => {
      logged.length = 0;
      const error = await expectError(await fetch(url('/toy/broken')), 500, 'INTERNAL');
      expect(logged).toHaveLength(1);
      expect(logged[0]).toContain(error.request_id);
      expect(logged[0]).toMatch(/SELECT secret[^]*caused by Error: inner/);
    });

    it('429 says when to come again', async () => {
      const response = await fetch(url('/toy/busy'));
      await expectError(response, 429, 'RATE_LIMITED');
      expect(response.headers.get('retry-after')).toBe('3');
    });

    it('an error that a mapper knows: its status, with Retry-After', async () => {
      const response = await fetch(url('/toy/away'));
      await expectError(response, 503, 'DATABASE_UNAVAILABLE');
      expect(response.headers.get('retry-after')).toBe('5');
    });
  });

  it('describes every operation for OpenAPI, with the shape of its errors', () => {
    const document = openApiDocument(app);
    expect(document.paths['/toy/documents'].post?.responses.default).toBeDefined();
    expect(JSON.stringify(document.components?.schemas?.Error)).toContain('request_id');
  });
});
