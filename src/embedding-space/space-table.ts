import { validationFailed } from '../common/validation-failed';

/** What the table of a space's vectors is made of. */
export interface SpaceTable {
  /** Made of a number, never of input. */
  table: string;
  storage: 'vector' | 'halfvec';
  dimensions: number;
}

/**
 * pgvector's limits for an HNSW index, whose tuples must fit on a page of 8 KB: 2,000 dimensions of 4 bytes, 4,000 of 2.
 * @see https://github.com/pgvector/pgvector#hnsw
 */
const MOST_DIMENSIONS = { vector: 2000, halfvec: 4000 } as const;

/**
 * The column type for vectors of a length.
 * @throws AppError `VALIDATION_FAILED` above 4,000 dimensions, which no index takes
 */
export function storageFor(dimensions: number): SpaceTable['storage'] {
  if (dimensions <= MOST_DIMENSIONS.vector) return 'vector';
  if (dimensions <= MOST_DIMENSIONS.halfvec) return 'halfvec';
  throw validationFailed([
    {
      field: 'dimensions',
      problem:
        `must be at most ${MOST_DIMENSIONS.halfvec}: an HNSW index of pgvector takes vectors of up to ` +
        `${MOST_DIMENSIONS.vector} dimensions, and halfvec of up to ${MOST_DIMENSIONS.halfvec}; ask the model for fewer`,
    },
  ]);
}

/** Name of the index by which the vectors of a space are searched. */
export function indexNameOf({ table }: Pick<SpaceTable, 'table'>): string {
  return `${table}_hnsw`;
}

/** The statements that make the table of a space, but not its HNSW index; they may be run again. */
export function createTableStatements({ table, storage, dimensions }: SpaceTable): string[] {
  return [
    // No foreign key to chunk: vectors are written before their chunks are published.
    `CREATE TABLE IF NOT EXISTS ${table} (
       chunk_id      uuid PRIMARY KEY,
       tenant_id     uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
       collection_id uuid NOT NULL,
       document_id   uuid NOT NULL,
       embedding     ${storage}(${dimensions}) NOT NULL
     )`,
    // A vector fits into a page, and out of line each would cost a look-up of its own when many are compared.
    `ALTER TABLE ${table} ALTER COLUMN embedding SET STORAGE PLAIN`,
    `CREATE INDEX IF NOT EXISTS ${table}_document ON ${table} (document_id)`,
    `CREATE INDEX IF NOT EXISTS ${table}_collection ON ${table} (collection_id, chunk_id)`,
  ];
}

/** The statement that makes the HNSW index without keeping anybody from reading or writing; outside a transaction only. */
export function createIndexStatement(space: Pick<SpaceTable, 'table' | 'storage'>): string {
  return (
    `CREATE INDEX CONCURRENTLY ${indexNameOf(space)} ON ${space.table} ` +
    `USING hnsw (embedding ${space.storage}_cosine_ops) WITH (m = 16, ef_construction = 200)`
  );
}
