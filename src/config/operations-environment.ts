import { IsArray, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { IngestSourceEnvironment } from './ingest-source-environment';
import { Setting } from './setting';

/** The settings of those who run the service. */
export class OperationsEnvironment extends IngestSourceEnvironment {
  @Setting(
    'Requests per minute of each tenant, to all processes together; beyond that 429 with `Retry-After`; not set: no limit.',
    { type: 'number' },
  )
  @IsOptional()
  @IsInt()
  @Min(1)
  TENANT_REQUESTS_PER_MINUTE?: number;

  @Setting('Days after which a record of the audit log is deleted.', { default: 365 })
  @IsInt()
  @Min(30)
  @Max(36_500)
  AUDIT_RETENTION_DAYS: number;
  @Setting(
    'Requests per minute of each API key, and of each user with access tokens, to all processes together; 0: no limit.',
    { default: 6000 },
  )
  @IsInt()
  @Min(0)
  KEY_REQUESTS_PER_MINUTE: number;

  @Setting(
    'Texts per minute that the embedding model reads for each API key or user, of `/v1/embeddings` and of warming the cache; what is cached does not count; 0: no limit.',
    { default: 6000 },
  )
  @IsInt()
  @Min(0)
  KEY_EMBEDDED_TEXTS_PER_MINUTE: number;

  @Setting('Event streams that each API key or user may have open at once at one process; 0: no limit.', {
    default: 64,
  })
  @IsInt()
  @Min(0)
  KEY_OPEN_STREAMS: number;

  @Setting(
    'Failed log-ins per minute from each address (IPv6: each /64); beyond that 429, except for keys that have been right before and for good access tokens; 0: no limit.',
    { default: 30 },
  )
  @IsInt()
  @Min(0)
  FAILED_LOGINS_PER_MINUTE: number;

  @Setting(
    'Addresses, or networks such as `10.0.0.0/8`, of proxies whose `X-Forwarded-For` is believed, separated by commas. Behind a proxy that is not named here all callers have one address.',
    { default: [] },
  )
  @IsArray()
  @Matches(/^[0-9a-fA-F:.]+(\/\d{1,3})?$/, {
    each: true,
    message: 'each value in $property must be an address or a network such as 10.0.0.0/8',
  })
  TRUSTED_PROXIES: string[];

  @Setting(
    'Milliseconds after which a question, search or call for embeddings is given up, over everything that is asked on the way.',
    { default: 60_000 },
  )
  @IsInt()
  @Min(100)
  REQUEST_DEADLINE_MS: number;

  @Setting('Seconds that running requests, streams and jobs get to end after SIGTERM or SIGINT.', {
    default: 25,
  })
  @IsInt()
  @Min(1)
  @Max(3600)
  SHUTDOWN_TIMEOUT_SECONDS: number;

  @Setting(
    'Seconds that a process which is told to stop still takes requests, while `/health/ready` says 503: until whoever spreads the requests knows. Part of SHUTDOWN_TIMEOUT_SECONDS.',
    { default: 0 },
  )
  @IsInt()
  @Min(0)
  @Max(600)
  SHUTDOWN_DRAIN_SECONDS: number;

  @Setting(
    'Folder of the converted local model, which may be read-only if it is there; not set: `DATA_DIR/models`.',
  )
  @IsOptional()
  @IsString()
  EMBEDDING_MODEL_DIR?: string;

  @Setting(
    'Where traces are sent: the base URL of an OTLP receiver over HTTP, e.g. `http://collector:4318`; not set: none are made.',
  )
  @IsOptional()
  @Matches(/^https?:\/\//, { message: '$property must be an http:// or https:// URL' })
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @Setting('Headers for that receiver as `name=value`, separated by commas.', { default: [] })
  @IsArray()
  @Matches(/^[^=\s]+=/, { each: true, message: '$property must be a list of name=value' })
  OTEL_EXPORTER_OTLP_HEADERS: string[];

  @Setting('Name of the service in traces.', { default: 'evergreen' })
  @IsString()
  OTEL_SERVICE_NAME: string;

  @Setting('Share (0 to 1) of the requests that are traced, unless who sends them has decided it.', {
    default: 1,
  })
  @IsNumber()
  @Min(0)
  @Max(1)
  OTEL_TRACES_SAMPLER_ARG: number;
}
