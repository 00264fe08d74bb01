import type { JobsOptions } from 'bullmq';
import { sha256Hex } from '../common/hash';

/** Queue of the step from raw content to staged chunks. */
export const CHUNK_QUEUE = 'evergreen-chunk';
/** Queue of the step from staged chunks to a searchable version. */
export const EMBED_QUEUE = 'evergreen-embed';

/** The queue of each step of a document's way. */
export const STEP_QUEUES = { chunk: CHUNK_QUEUE, embed: EMBED_QUEUE } as const;
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
  /** It waited for its tenant's turn: what did not is done first. */
  bulk: boolean;
}

/** What a job is about; before there were several versions in a job, the payload was the version. */
export function versionsOf(payload: IngestJob | JobVersion): readonly JobVersion[] {
  return 'versions' in payload ? payload.versions : [payload];
}

/**
 * The job's id, the same whoever enqueues it: while a job of this id lives, adding it again does nothing.
 * BullMQ allows no `:` in it.
 */
export function ingestJobId({ versions }: Pick<IngestJob, 'versions'>): string {
  const ids = versions.map(({ documentId, version }) => `${documentId}_${version}`);
  return ids.length === 1 ? ids[0] : `${ids.length}_${sha256Hex(ids.join())}`;
}

/** Documents in one job: what a step costs besides its documents is shared by so many. */
const MAX_VERSIONS_PER_JOB = 32;
/** Raw content in one job, unless a single document has more. */
const MAX_BYTES_PER_JOB = 262_144;

/** A version to make jobs of. */
export interface SizedVersion extends JobVersion {
  collectionId: string;
  rawBytes: number;
}

/** Jobs for versions of one tenant, each of neighbours of one collection. */
export function jobsOf(versions: readonly SizedVersion[], bulk: boolean): IngestJob[] {
  const jobs: (IngestJob & { versions: JobVersion[] })[] = [];
  let bytes = 0;
  let collection: string | undefined;
  for (const { collectionId, rawBytes, tenantId, documentId, version } of versions) {
    const last = jobs.at(-1);
    bytes += rawBytes;
    if (
      !last ||
      collectionId !== collection ||
      bytes > MAX_BYTES_PER_JOB ||
      last.versions.length === MAX_VERSIONS_PER_JOB
    ) {
      jobs.push({ versions: [{ tenantId, documentId, version }], bulk });
      bytes = rawBytes;
      collection = collectionId;
    } else last.versions.push({ tenantId, documentId, version });
  }
  return jobs;
}

/** Tries of a job before its document is given up, when what it needs is away: about a quarter of an hour. */
export const MAX_ATTEMPTS = 20;
/** Tries of a job that fails in a way nobody foresaw. */
export const MAX_ATTEMPTS_UNFORESEEN = 5;
/** Workers that may die while they work on a document before it is given up. */
export const MAX_CRASHES = 5;
/** Those that may die before a document leaves the job that it shares with others: most are killed from outside. */
export const MAX_CRASHES_TOGETHER = 2;

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

/** BullMQ takes jobs without a priority first. */
export const BULK_PRIORITY = 1;

/** Postgres holds the outcome, so a job leaves nothing behind and its id is free again. */
export const JOB_OPTIONS = {
  attempts: MAX_ATTEMPTS,
  backoff: { type: 'capped' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
} as const satisfies JobsOptions;
