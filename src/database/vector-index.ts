import { validationFailed } from '../common/validation-failed';

/** A table of vectors, in its column `embedding`. */
export interface VectorTable {
  /** Made of a number, never of input. */
  table: string;
  storage: 'vector' | 'halfvec';
  dimensions: number;
}

/**
 * What the service knows of the index that vectors are searched by, and of its distance: pgvector's HNSW, cosine. The SQL
 * of other modules is put together from this, so that another index is a change of this file alone.
 * @see https://github.com/pgvector/pgvector#hnsw
 */
export const VECTOR_INDEX_METHOD = 'hnsw';

/** The indexes of vectors as `i` (`pg_index`), `x` and `a` (their `pg_class` and `pg_am`); conditions may follow. */
export const FROM_VECTOR_INDEXES = `
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_am a ON a.oid = x.relam AND a.amname = '${VECTOR_INDEX_METHOD}'`;

/** An index entry must fit on a page of 8 KB: 2,000 dimensions of 4 bytes, 4,000 of 2. */
const MOST_DIMENSIONS = { vector: 2000, halfvec: 4000 } as const;

/**
 * The column type for vectors of a length.
 * @throws AppError `VALIDATION_FAILED` above 4,000 dimensions, which no index takes
 */
export function storageFor(dimensions: number): VectorTable['storage'] {
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
export function indexNameOf({ table }: Pick<VectorTable, 'table'>): string {
  return `${table}_hnsw`;
}

/** The statement that makes the HNSW index without keeping anybody from reading or writing; outside a transaction only. */
export function createIndexStatement(space: Pick<VectorTable, 'table' | 'storage'>): string {
  return (
    `CREATE INDEX CONCURRENTLY ${indexNameOf(space)} ON ${space.table} ` +
    `USING ${VECTOR_INDEX_METHOD} (embedding ${space.storage}_cosine_ops) WITH (m = 16, ef_construction = 200)`
  );
}

/** Cosine distance, 0 to 2, as an expression that the index is ordered by. @param vector an SQL expression of type `vector` */
export function cosineDistance(
  column: string,
  vector: string,
  { storage, dimensions }: Pick<VectorTable, 'storage' | 'dimensions'>,
): string {
  return `${column} <=> ${vector}::vector::${storage}(${dimensions})`;
}

/**
 * Settings of a walk along the index, for one statement, and the condition that they are made before it.
 * Results come a little out of order: `relaxed_order` loses none, `strict_order` does.
 * @param efSearch how many neighbours are looked at, an SQL expression
 * @param maxScanTuples entries after which a walk that does not find enough (pgvector 0.8's iterative scan) is given up
 */
export function scanSettings(efSearch: string, maxScanTuples: string) {
  return {
    select: `SELECT set_config('hnsw.ef_search', ${efSearch}, true) AS ef_search,
             set_config('hnsw.max_scan_tuples', ${maxScanTuples}, true) AS max_scan_tuples,
             set_config('hnsw.iterative_scan', 'relaxed_order', true) AS iterative_scan`,
    areMade:
      'settings.ef_search IS NOT NULL AND settings.max_scan_tuples IS NOT NULL AND settings.iterative_scan IS NOT NULL',
  };
}
