import { execFileSync } from 'node:child_process';
import type { Evergreen } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { FakeOtlpReceiver } from '../support/fake-otlp-receiver';
import { CHECKOUT } from '../support/services';
import { type TestBackend, testBackend } from '../support/test-backend';

const SECRET = 'heliotrope';
const traceParent = (id: string) => ({ traceparent: `00-${id}-00f067aa0ba902b7-01` });
const INGEST_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const QUERY_TRACE = '4bf92f3577b34da6a3ce929d0e0e4737';

describe('with an OTLP endpoint', () => {
  let backend: TestBackend;
  let receiver: FakeOtlpReceiver;
  let provider: FakeOpenAiServer;
  let service: Evergreen;
  beforeAll(async () => {
    [backend, receiver, provider] = await Promise.all([
      testBackend(),
      FakeOtlpReceiver.start(),
      FakeOpenAiServer.start(),
    ]);
    service = await backend.start({
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: provider.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-token=abc=',
      OTEL_SERVICE_NAME: 'answers',
    });
    const documents = [{ external_id: 'a.md', content: `The word of the day is ${SECRET}.` }];
    const { body } = await service.request<{ job_id: string }>(
      'POST',
      '/admin/ingest',
      { documents },
      traceParent(INGEST_TRACE),
    );
    await service.finishedJob(body.job_id);
    const question = { query: `Is ${SECRET} the word of the day?`, user_id: 'alice' };
    await service.request('POST', '/query', question, traceParent(QUERY_TRACE));
    await service.stop();
  }, 120_000);
  afterAll(async () => {
    await backend.destroy();
    await Promise.all([receiver.close(), provider.close()]);
  });

  it('sends all spans before it stops, with the service name and the headers', () => {
    expect(receiver.spans.length).toBeGreaterThan(10);
    expect(receiver.resources[0]).toMatchObject({ 'service.name': 'answers', 'evergreen.role': 'all' });
    expect(receiver.headers[0]['x-token']).toBe('abc=');
  });

  it('follows a question through HTTP, SQL, Redis and the provider', () => {
    const spans = receiver.trace(QUERY_TRACE);
    const root = spans.find(({ name }) => name === 'POST /query')!;
    expect(root.attributes).toMatchObject({
      'http.route': '/query',
      'evergreen.request_id': expect.any(String) as string,
    });
    const ids = new Set([root.parentSpanId, ...spans.map(({ spanId }) => spanId)]);
    for (const { parentSpanId } of spans) expect(ids).toContain(parentSpanId);
    const scopes = new Set(spans.map(({ scope }) => scope.replace('@opentelemetry/instrumentation-', '')));
    expect(scopes).toEqual(new Set(['http', 'pg', 'ioredis', 'undici']));
    const call = spans.find(({ scope }) => scope.endsWith('undici'))!;
    expect(JSON.stringify(call.attributes)).toContain('/v1/chat/completions');
  });

  it('follows a document from the request through the queue into the workers', () => {
    const spans = receiver.trace(INGEST_TRACE);
    const names = spans.map(({ name }) => name);
    expect(names).toContain('POST /admin/ingest');
    for (const queue of ['evergreen-chunk', 'evergreen-embed'])
      expect(names.some((name) => name.startsWith('process') && name.includes(queue))).toBe(true);
    expect(spans.filter(({ scope }) => scope.endsWith('-pg')).length).toBeGreaterThan(3);
  });

  it('puts the trace, the request and the job into the log', () => {
    const lines = service.log
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ trace_id }) => trace_id === QUERY_TRACE)).toContainEqual(
      expect.objectContaining({
        request_id: expect.any(String) as string,
        message: expect.stringContaining('POST /query 200') as string,
      }),
    );
  });

  it('sends no text of questions, answers or documents', () => {
    expect(JSON.stringify(receiver.spans)).not.toContain(SECRET);
  });
});

describe('without an OTLP endpoint', () => {
  it('loads nothing of OpenTelemetry except its API package', () => {
    const script = `
      const { AppConfig } = require('./dist/src/config/app-config');
      const { startTracing } = require('./dist/src/observability/tracing');
      startTracing(AppConfig.parse({})).then((tracing) => {
        const loaded = Object.keys(require.cache).filter((file) => /@opentelemetry\\/(?!api\\/)/.test(file));
        console.log(JSON.stringify({ tracing, loaded }));
      });`;
    const output = execFileSync(process.execPath, ['-e', script], { cwd: CHECKOUT, encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual({ tracing: null, loaded: [] });
  });
});
