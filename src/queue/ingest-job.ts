/** The queue of each step of a document's way: raw content to staged chunks, those to a searchable version. */
export const STEP_QUEUES = { chunk: 'evergreen-chunk', embed: 'evergreen-embed' } as const;
export type IngestStep = keyof typeof STEP_QUEUES;

/** Names one version of one document. */
export interface JobVersion {
  tenantId: string;
  documentId: string;
  version: number;
}

/** Payload of both queues: versions of documents of one tenant. Everything else is read from Postgres. */
export interface IngestJob {
  versions: readonly JobVersion[];
  /** It came in bulk, or again: jobs that did not are done first. */
  bulk: boolean;
}

/** A job to be added. */
export interface IngestBatch extends IngestJob {
  /** While a job of this id lives in a queue, adding it there again does nothing. Without colon, which BullMQ refuses. */
  id: string;
}

/** Attempts of a job that something unavailable fails: about a quarter of an hour. */
export const MAX_ATTEMPTS = 20;
