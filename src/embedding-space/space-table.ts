import type { VectorTable } from '../database/vector-index';

/** The statements that make the table of a space, but not its HNSW index; they may be run again. */
export function createTableStatements({ table, storage, dimensions }: VectorTable): string[] {
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
