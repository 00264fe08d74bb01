import { IsArray, IsInt, Matches, Max, Min } from 'class-validator';
import { IdentityEnvironment } from './identity-environment';
import { Setting } from './setting';

/** The settings of where documents come from and how they are read. */
export class IngestSourceEnvironment extends IdentityEnvironment {
  @Setting('Seconds after which parsing a document is given up.', { default: 30 })
  @IsInt()
  @Min(1)
  @Max(3600)
  PARSE_TIMEOUT_SECONDS: number;

  @Setting(
    'Memory for the objects of a process that parses, in MB; its buffers may take 512 MB beside them. A document that needs more fails.',
    { default: 512 },
  )
  @IsInt()
  @Min(64)
  @Max(16_384)
  PARSE_MEMORY_MB: number;

  @Setting('Milliseconds after which fetching a document by its URL is given up, redirects included.', {
    default: 30_000,
  })
  @IsInt()
  @Min(100)
  INGEST_URL_TIMEOUT_MS: number;

  @Setting(
    'Hosts that documents may be fetched from although their addresses are private: names, addresses or ranges such as `10.1.0.0/16`, separated by commas.',
    { default: [] },
  )
  @IsArray()
  @Matches(/^[\w.:[\]-]+(?:\/\d{1,3})?$/, {
    each: true,
    message: '$property must hold names, addresses or ranges such as 10.1.0.0/16',
  })
  INGEST_URL_ALLOW_HOSTS: string[];
}
