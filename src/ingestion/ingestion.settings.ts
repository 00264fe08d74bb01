import { integer, list, number } from '../config/setting';

/** Ingestion */
export const INGESTION_SETTINGS = {
  /** Largest accepted document in bytes. */
  maxDocumentBytes: integer('MAX_DOCUMENT_BYTES', { default: 16_777_216, min: 1024 }),
  /** Largest number of documents in one ingest call, other than an upload as NDJSON. */
  maxDocumentsPerRequest: integer('MAX_DOCUMENTS_PER_REQUEST', { default: 1000, min: 1 }),
  /**
   * Documents that a tenant may have queued or in work; beyond that, calls get 429 and uploads as NDJSON are read more
   * slowly.
   */
  maxQueuedDocuments: integer('MAX_QUEUED_DOCUMENTS', { default: 200_000, min: 1 }),
  /** Days after which an ingestion job is forgotten; its documents stay. */
  jobRetentionDays: number('INGEST_JOB_RETENTION_DAYS', { default: 30, min: 0.001 }),
  /** Seconds after which parsing a document is given up. */
  parseTimeoutMs: integer('PARSE_TIMEOUT_SECONDS', { default: 30, min: 1, max: 3600, times: 1000 }),
  /**
   * Memory for the objects of a process that parses, in MB; its buffers may take 512 MB beside them. A document that
   * needs more fails.
   */
  parseMemoryMb: integer('PARSE_MEMORY_MB', { default: 512, min: 64, max: 16_384 }),
  /** Milliseconds after which fetching a document by its URL is given up, redirects included. */
  urlTimeoutMs: integer('INGEST_URL_TIMEOUT_MS', { default: 30_000, min: 100 }),
  /**
   * Hosts that documents may be fetched from although their addresses are private: names, addresses or ranges such as
   * `10.1.0.0/16`, separated by commas.
   */
  urlAllowHosts: list('INGEST_URL_ALLOW_HOSTS', {
    pattern: /^[\w.:[\]-]+(?:\/\d{1,3})?$/,
    rule: 'must be a name, an address or a range such as 10.1.0.0/16',
  }),
};
