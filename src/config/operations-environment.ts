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
