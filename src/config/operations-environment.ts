import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { IngestSourceEnvironment } from './ingest-source-environment';
import { Setting } from './setting';

/** The settings of those who run the service. */
export class OperationsEnvironment extends IngestSourceEnvironment {
  @Setting('Seconds that running requests, streams and jobs get to end after SIGTERM or SIGINT.', {
    default: 25,
  })
  @IsInt()
  @Min(1)
  @Max(3600)
  SHUTDOWN_TIMEOUT_SECONDS: number;

  @Setting(
    'Folder of the converted local model, which may be read-only if it is there; not set: `DATA_DIR/models`.',
  )
  @IsOptional()
  @IsString()
  EMBEDDING_MODEL_DIR?: string;
}
