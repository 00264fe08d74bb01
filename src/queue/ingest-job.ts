import type { JobsOptions } from 'bullmq';

/** Queue of the step from raw content to staged chunks. */
export const CHUNK_QUEUE = 'evergreen-chunk';
/** Queue of the step from staged chunks to a searchable version. */
export const EMBED_QUEUE = 'evergreen-embed';

/** The queue of each step of a document's way. */
export const STEP_QUEUES = { chunk: CHUNK_QUEUE, embed: EMBED_QUEUE } as const;
export type IngestStep = keyof typeof STEP_QUEUES;

/** Payload of both queues: which version of which document. Everything else is read from Postgres. */
export interface IngestJob {
  tenantId: string;
  documentId: string;
  version: number;
}

/**
 * The job's id, the same whoever enqueues it: while a job of this id lives, adding it again does nothing.
 * BullMQ allows no `:` in it.
 */
export function ingestJobId({ documentId, version }: IngestJob): string {
  return `${documentId}_${version}`;
}

/** Tries of a job before its document is given up, when what it needs is away: about a quarter of an hour. */
export const MAX_ATTEMPTS = 20;
/** Tries of a job that fails in a way nobody foresaw. */
export const MAX_ATTEMPTS_UNFORESEEN = 5;

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;

/**
 * Milliseconds before the next try: 1 s doubled with each attempt up to 60 s, of which a random half is taken off
 * so that jobs that failed together do not come back together.
 * @param attemptsMade from 1
 * @param random in [0, 1)
 */
export function retryDelayMs(attemptsMade: number, random: number): number {
  const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attemptsMade - 1, 16));
  return Math.round(delay * (1 - random / 2));
}

/** Postgres holds the outcome, so a job leaves nothing behind and its id is free again. */
export const JOB_OPTIONS = {
  attempts: MAX_ATTEMPTS,
  backoff: { type: 'capped' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
} as const satisfies JobsOptions;
