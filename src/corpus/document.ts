import type { Sql } from './corpus-database';
import type { SearchLanguage } from '../text-analysis/search-language';

/** Where a version of a document is on its way. */
export const VERSION_STATUSES = [
  'queued',
  'chunking',
  'embedding',
  'searchable',
  'failed',
  'superseded',
  'deleted',
  /** Fetched again from its URL, which still holds what the searchable version says. */
  'unchanged',
] as const;
export type VersionStatus = (typeof VERSION_STATUSES)[number];

/** Those of a version that a worker still has to do something for, as a list of SQL literals. */
export const UNFINISHED = `('queued', 'chunking', 'embedding')`;

/** Why a version ended as `failed`. */
export interface VersionError {
  code: string;
  message: string;
}

/** Names one version of one document. */
export interface VersionRef {
  tenantId: string;
  documentId: string;
  version: number;
}

/** Some versions of one tenant as the first parameters of a statement: tenant, documents, their versions. */
export function parametersOf(refs: readonly VersionRef[]): [string | null, string[], number[]] {
  return [
    refs[0]?.tenantId ?? null,
    refs.map(({ documentId }) => documentId),
    refs.map(({ version }) => version),
  ];
}

/** A table of vectors, as `EmbeddingSpace` describes it. */
export interface VectorTable {
  /** Made of a number by the embedding space, never of input. */
  readonly table: string;
  readonly storage: 'vector' | 'halfvec';
}

/**
 * Notifies every table that holds vectors, by a statement of the transaction that is about to delete some of them. To be asked
 * once their chunks are gone: a table that was made meanwhile may have got vectors of them until then, and none after.
 */
export type VectorTables = (sql: Sql) => Promise<readonly VectorTable[]>;

/** The type of a document that is still to be fetched. */
export const AS_FETCHED = 'application/octet-stream';

/** A document as it comes in: raw content and everything said about it. */
export interface IncomingDocument {
  externalId: string;
  /** Empty where there is a `url`. */
  raw: Buffer;
  /** Where a worker is to fetch it from. */
  url?: string;
  /** Of a `url`: what it is to be taken for, {@link AS_FETCHED} for what its server says. */
  mimeType: string;
  title: string | null;
  metadata: Record<string, unknown>;
  /** Principals that may read it; null: everyone of the tenant. */
  acl: string[] | null;
  lastModified: Date | null;
}

/** What became of an incoming document. */
export interface AcceptedDocument {
  documentId: string;
  externalId: string;
  version: number;
  status: VersionStatus;
  /** The latest version holds the very same: there is nothing to do. */
  unchanged: boolean;
  /** Fewer than before may read its searchable version, at once. */
  narrowed: boolean;
  /** The batch that the caller is to give to the workers; null for what waits, and for what is unchanged. */
  batchId: string | null;
}

/** A document as its owner sees it. */
export interface Document {
  id: string;
  externalId: string;
  collection: string;
  /** Highest accepted version, with its status. */
  version: number;
  status: VersionStatus;
  error: VersionError | null;
  /** What questions are answered from; null before the first version is searchable. */
  searchableVersion: number | null;
  title: string | null;
  mimeType: string;
  /** Where it is fetched from; null for one that was sent. */
  url: string | null;
  /** By which its words are stemmed; null before it was read. */
  language: string | null;
  metadata: Record<string, unknown>;
  acl: string[] | null;
  lastModified: Date | null;
  /** Chunks of the searchable version. */
  chunks: number;
  createdAt: Date;
  updatedAt: Date;
}

/** A stored chunk of the searchable version. */
export interface StoredChunk {
  id: string;
  version: number;
  ordinal: number;
  /** UTF-16 offsets into the version's normalised text. */
  start: number;
  end: number;
  content: string;
  headingPath: string[];
  /** Page or slide, `12` or `12–13`, or sheet; null for a document without pages. */
  page: string | null;
  tokenCount: number;
}

/** The text of a version on its way. */
export interface StagedText {
  /** Normalised; chunk offsets refer to it. */
  text: string;
  /** What the text says of itself, for a document that came without a title. */
  title: string | null;
  /** By which its words, and the words of questions about it, are stemmed. */
  language: SearchLanguage;
}

/** A chunk of a version on its way. */
export interface StagedChunk {
  id: string;
  ordinal: number;
  start: number;
  end: number;
  content: string;
  contentHash: string;
  headingPath: string[];
  /** Page or slide, `12` or `12–13`, or sheet; null for a document without pages. */
  page: string | null;
  tokenCount: number;
  /** Start and end of each window, one after the other, within `content`. */
  windows: number[];
  /** What the document begins with, title or first sentence: full-text search finds each of its chunks by it. */
  lead: string | null;
  /** L2-normalised, in the space of its version; left out where the embed step has to find it. */
  vector?: Float32Array;
}
