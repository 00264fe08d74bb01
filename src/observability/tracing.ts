import { createRequire } from 'node:module';
import type { AppConfig } from '../config/app-config';

/** Requests that come every few seconds and are not traced. */
const PROBES = /^\/(health|metrics)(\/|$)/;
/** Instrumented modules. They are patched when they are first loaded, so they are loaded here, before Nest loads them. */
const TRACED_MODULES = ['node:http', 'pg', 'ioredis'];

/** A running trace exporter. */
export interface Tracing {
  /** Sends the remaining spans and stops. */
  stop(): Promise<void>;
}

/**
 * Sends spans of HTTP requests, SQL, Redis, provider calls and jobs to the configured OTLP endpoint. Call it before the
 * modules of the service are loaded. Spans contain no parameters of statements, values in Redis, bodies, paths of
 * requests, or URLs of documents.
 * @returns null if no endpoint is configured; nothing of OpenTelemetry is loaded then
 */
export async function startTracing({ role, tracing }: AppConfig): Promise<Tracing | null> {
  if (tracing.endpoint === null) return null;
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }, { registerInstrumentations }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/instrumentation'),
    ]);
  const exporter = new OTLPTraceExporter({
    url: `${tracing.endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: tracing.headers,
  });
  const provider = new sdk.NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': tracing.serviceName, 'evergreen.role': role }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(tracing.sampleShare) }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  provider.register();
  registerInstrumentations({ tracerProvider: provider, instrumentations: await instrumentations() });
  const load = createRequire(__filename);
  for (const name of TRACED_MODULES) load(name);
  return { stop: () => provider.shutdown() };
}

async function instrumentations() {
  const [
    { HttpInstrumentation },
    { UndiciInstrumentation },
    { PgInstrumentation },
    { IORedisInstrumentation },
  ] = await Promise.all([
    import('@opentelemetry/instrumentation-http'),
    import('@opentelemetry/instrumentation-undici'),
    import('@opentelemetry/instrumentation-pg'),
    import('@opentelemetry/instrumentation-ioredis'),
  ]);
  return [
    new HttpInstrumentation({ ignoreIncomingRequestHook: ({ url = '' }) => PROBES.test(url) }),
    new UndiciInstrumentation({
      // Calls of providers are POST. GET fetches documents, whose URLs may reveal their content.
      requestHook: (span, { method, origin }) => {
        if (method === 'GET') span.setAttributes({ 'url.full': origin, 'url.path': '', 'url.query': '' });
      },
    }),
    // Statements of pollers and gauges belong to no trace.
    new PgInstrumentation({ requireParentSpan: true }),
    new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (command) => command }),
  ];
}
