import { IsInt, IsNumber, Min } from 'class-validator';
import { Setting } from './setting';
import { SpaceUpgradeEnvironment } from './space-upgrade-environment';

/** How much comes in, and how it is worked on. */
export class IngestionEnvironment extends SpaceUpgradeEnvironment {
  @Setting('Largest accepted document in bytes.', { default: 16_777_216 })
  @IsInt()
  @Min(1024)
  MAX_DOCUMENT_BYTES: number;

  @Setting('Largest number of documents in one ingest call, other than an upload as NDJSON.', {
    default: 1000,
  })
  @IsInt()
  @Min(1)
  MAX_DOCUMENTS_PER_REQUEST: number;

  @Setting(
    'Documents that a tenant may have on their way; beyond that, calls get 429 and uploads as NDJSON are read more slowly.',
    { default: 200_000 },
  )
  @IsInt()
  @Min(1)
  MAX_QUEUED_DOCUMENTS: number;

  @Setting('Days after which an ingestion job is forgotten; its documents stay.', { default: 30 })
  @IsNumber()
  @Min(0.001)
  INGEST_JOB_RETENTION_DAYS: number;

  @Setting('Documents a worker parses at once, each in a process of its own.', { default: 2 })
  @IsInt()
  @Min(1)
  PARSE_CONCURRENCY: number;

  @Setting('Jobs of the chunk step, of up to 32 documents each, that a worker does at once.', { default: 2 })
  @IsInt()
  @Min(1)
  CHUNK_CONCURRENCY: number;

  @Setting('Jobs of the embed step, of up to 32 documents each, that a worker does at once.', { default: 2 })
  @IsInt()
  @Min(1)
  EMBED_CONCURRENCY: number;

  @Setting('Seconds between two rounds of the sweeper that re-enqueues documents without a job.', {
    default: 15,
  })
  @IsNumber()
  @Min(0.1)
  SWEEP_INTERVAL_SECONDS: number;

  @Setting('Seconds without a sign of life after which a job of a dead worker is taken over.', {
    default: 30,
  })
  @IsNumber()
  @Min(1)
  JOB_LOCK_SECONDS: number;
}
