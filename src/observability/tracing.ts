import { createRequire } from 'node:module';
import type { AppConfig } from '../config/app-config';

/** Requests that come every few seconds and say nothing. */
const PROBES = /^\/(health|metrics)(\/|$)/;
/** What spans come from. They are patched as they are loaded, however Nest's own modules load them afterwards. */
const TRACED_MODULES = ['node:http', 'pg', 'ioredis'];

/** Traces that are being sent. */
export interface Tracing {
  /** Sends what is left. */
  stop(): Promise<void>;
}

/**
 * Sends spans of HTTP requests, SQL, Redis, provider calls and jobs to the configured OTLP endpoint. To be called before
 * the modules of the service are loaded; without an endpoint nothing of OpenTelemetry is loaded, and it costs nothing.
 * No span holds parameters of statements, values in Redis, bodies, paths of requests, or URLs of documents.
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
      // Providers are sent POST; what is fetched are documents, whose URLs may say what they hold.
      requestHook: (span, { method, origin }) => {
        if (method === 'GET') span.setAttributes({ 'url.full': origin, 'url.path': '', 'url.query': '' });
      },
    }),
    // What pollers and gauges ask belongs to no trace.
    new PgInstrumentation({ requireParentSpan: true }),
    new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (command) => command }),
  ];
}
