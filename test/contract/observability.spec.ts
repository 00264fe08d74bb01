import { setImmediate as nextTurn } from 'node:timers/promises';
import { Body, Controller, Get, Logger, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { configureHttp } from '../../src/common/configure-http';
import { HttpAdapter } from '../../src/common/http-adapter';
import { HealthRegistry } from '../../src/observability/health-registry';
import { JsonLogger } from '../../src/observability/json-logger';
import { Metrics } from '../../src/observability/metrics';
import { ObservabilityModule } from '../../src/observability/observability.module';
import { currentRequest } from '../../src/observability/request-context';

@Controller('toy')
class ToyController {
  private readonly logger = new Logger('Toy');

  @Get('things/:id')
  async thing(@Param('id') id: string): Promise<object> {
    await nextTurn();
    this.logger.warn(`working on ${id}`);
    return { request_id: currentRequest()?.requestId };
  }

  @Post('things')
  async make(@Body() body: { layer: 'exact' | 'semantic' }): Promise<object> {
    await nextTurn();
    const request = currentRequest();
    if (request) request.cacheLayer = body.layer;
    return { request_id: request?.requestId };
  }
}

@Module({ imports: [ObservabilityModule], controllers: [ToyController] })
class ToyModule {}

/** Keeps what would go to standard output. */
class RecordingLogger extends JsonLogger {
  readonly lines: Record<string, unknown>[] = [];

  protected override printAsJson(...args: Parameters<JsonLogger['printAsJson']>): void {
    this.lines.push(this.getJsonLogObject(...args) as unknown as Record<string, unknown>);
  }
}

describe('observability', () => {
  const logger = new RecordingLogger('debug');
  let app: NestFastifyApplication;
  let url: string;

  async function start(): Promise<NestFastifyApplication> {
    const started = await NestFactory.create<NestFastifyApplication>(
      ToyModule,
      new HttpAdapter({ body: { maxBytes: 1_048_576, arrivalMs: 10_000 } }),
      { logger, abortOnError: false },
    );
    configureHttp(started, { docs: false });
    await started.listen(0, '127.0.0.1');
    return started;
  }

  beforeAll(async () => {
    app = await start();
    url = await app.getUrl();
  });
  afterAll(() => app.close());

  async function read(path: string, of = url): Promise<string> {
    return (await fetch(`${of}${path}`)).text();
  }

  function post(body: string): Promise<Response> {
    return fetch(`${url}/toy/things`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  }

  it('serves the metrics of the service and of the process', async () => {
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    expect(text).toMatch(/^rag_cache_stale_responses_total 0$/m);
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  it('several applications in one process have metrics of their own', async () => {
    const other = await start();
    try {
      app.get(Metrics).cacheHits.inc({ layer: 'exact' }, 7);
      expect(await read('/metrics')).toMatch(/^rag_cache_hits_total\{layer="exact"\} 7$/m);
      const readOther = await read('/metrics', await other.getUrl());
      expect(readOther).toMatch(/^rag_cache_hits_total\{layer="exact"\} 0$/m);
    } finally {
      await other.close();
    }
  });

  it('counts latency by route pattern and cache layer, never by path', async () => {
    for (const id of ['1', '2', '3']) await read(`/toy/things/${id}?secret=x`);
    await post('{"layer": "semantic"}');
    await read('/no/such/path');
    const text = await read('/metrics');
    expect(text).toMatch(/^rag_request_latency_seconds_count\{route="\/toy\/things\/:id",cache="none"\} 3$/m);
    expect(text).toMatch(/^rag_request_latency_seconds_count\{route="\/toy\/things",cache="semantic"\} 1$/m);
    expect(text).toMatch(/^rag_request_latency_seconds_count\{route="unmatched",cache="none"\} 1$/m);
    expect(text).not.toMatch(/things\/1|secret|such/);
  });

  it('keeps requests apart that are served at the same time, also where a body arrives in pieces', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `request-${i}`);
    const seen = await Promise.all(
      ids.map(async (id, i) => {
        const padding = 'x'.repeat(i * 10_000);
        const response =
          i % 2 === 0
            ? await fetch(`${url}/toy/things/${i}`, { headers: { 'x-request-id': id } })
            : await fetch(`${url}/toy/things`, {
                method: 'POST',
                headers: { 'content-type': 'application/json', 'x-request-id': id },
                body: JSON.stringify({ layer: 'exact', padding }),
              });
        return ((await response.json()) as { request_id: string }).request_id;
      }),
    );
    expect(seen).toEqual(ids);
  });

  it('writes one line a request with its id, and the id into every other line of it', async () => {
    logger.lines.length = 0;
    await fetch(`${url}/toy/things/secret-path?secret=query`, {
      headers: { 'x-request-id': 'my-request', authorization: 'Bearer secret-key' },
    });
    await read('/health/live');
    expect(logger.lines).toMatchObject([
      { level: 'warn', context: 'Toy', request_id: 'my-request' },
      {
        level: 'log',
        context: 'Request',
        request_id: 'my-request',
        message: 'GET /toy/things/:id 200',
        cache: 'none',
      },
      { level: 'debug', context: 'Request', message: 'GET /health/live 200' },
    ]);
    expect(logger.lines[1].ms).toEqual(expect.any(Number));
    expect(JSON.stringify(logger.lines.slice(1))).not.toContain('secret');
  });

  it('is ready, degraded or unavailable as its dependencies are', async () => {
    const working = new Set(['database', 'redis_cache']);
    const registry = app.get(HealthRegistry);
    for (const name of ['database', 'redis_cache'])
      registry.register({
        name,
        critical: name === 'database',
        check: () =>
          working.has(name) ? Promise.resolve() : Promise.reject(new Error('secret host is away')),
      });
    const ready = async () => {
      const response = await fetch(`${url}/health/ready`);
      return {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        body: await response.json(),
      };
    };
    expect(await ready()).toMatchObject({ status: 200, body: { status: 'ready' } });
    working.delete('redis_cache');
    expect(await ready()).toMatchObject({ status: 200, retryAfter: null, body: { status: 'degraded' } });
    working.delete('database');
    const { status, retryAfter, body } = await ready();
    expect([status, retryAfter]).toEqual([503, '2']);
    expect(body).toEqual({
      status: 'unavailable',
      dependencies: {
        database: { status: 'down', critical: true, latency_ms: expect.any(Number) as number },
        redis_cache: { status: 'down', critical: false, latency_ms: expect.any(Number) as number },
      },
    });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });
});
