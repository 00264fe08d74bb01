import { HTTP_URL, list, share, text } from '../config/setting';

/** Tracing */
export const TRACING_SETTINGS = {
  /**
   * Where traces are sent: the base URL of an OTLP receiver over HTTP, e.g. `http://collector:4318`; not set: none are
   * made.
   */
  endpoint: text('OTEL_EXPORTER_OTLP_ENDPOINT', HTTP_URL),
  /** Headers for that receiver as `name=value`, separated by commas. */
  headers: list('OTEL_EXPORTER_OTLP_HEADERS', {
    pattern: /^[^=\s]+=/,
    rule: 'must look like name=value',
  }).as((headers) => Object.fromEntries(headers.map(headerOf))),
  /** Name of the service in traces. */
  serviceName: text('OTEL_SERVICE_NAME', { default: 'evergreen' }),
  /** Share (0 to 1) of the requests that are traced, unless the caller has decided it. */
  sampleShare: share('OTEL_TRACES_SAMPLER_ARG', { default: 1 }),
};

function headerOf(header: string): [name: string, value: string] {
  const [name, ...value] = header.split('=');
  return [name, value.join('=')];
}
