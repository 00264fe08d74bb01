import { Injectable } from '@nestjs/common';
import { CorpusDatabase, type Sql } from '../corpus/corpus-database';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';

/** Chunks checked per statement, so that each statement is short however many chunks exist. */
const PAGE = 10_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

type Table = Pick<EmbeddingSpace, 'table'>;

/** A transaction id of Postgres: distinguishes later changes from earlier ones. */
export type Moment = string;

/** Finds chunks, of all tenants, without a vector in a space. */
@Injectable()
export class MissingVectors {
  constructor(private readonly database: CorpusDatabase) {}

  /** Ids of the chunks without a vector, one page of the corpus at a time; most pages are empty. */
  async *pages({ table }: Table): AsyncGenerator<string[]> {
    for (let after: string | null = FIRST_ID; after !== null;) {
      // OFFSET 0 forces one index look-up per chunk; a join might read all vectors for each page.
      const [page]: { last: string | null; missing: string[] }[] = await this.database.sql(
        `WITH page AS MATERIALIZED (SELECT id FROM chunk WHERE id > $1 ORDER BY id LIMIT $2)
         SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS last,
                ARRAY(SELECT id FROM page
                      WHERE NOT EXISTS (SELECT FROM ${table} e WHERE e.chunk_id = page.id OFFSET 0)
                      ORDER BY id) AS missing`,
        [after, PAGE],
      );
      yield page.missing;
      after = page.last;
    }
  }

  /** Counts chunks without a vector. @returns also the moment from which on the count may have changed */
  async count(space: Table): Promise<{ missing: number; since: Moment }> {
    const [{ since }] = await this.database.sql<{ since: Moment }>(
      `SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text AS since`,
      [],
    );
    let missing = 0;
    for await (const ids of this.pages(space)) missing += ids.length;
    return { missing, since };
  }

  /**
   * Counts chunks without a vector in documents that changed since a moment. Run it in a transaction that blocks
   * publications: together with {@link count} it then covers all chunks, because every change of a document's chunks also
   * writes its row.
   */
  async countChanged(sql: Sql, { table }: Table, since: Moment): Promise<number> {
    const [{ missing }] = await sql<{ missing: number }>(
      `WITH changed AS MATERIALIZED (SELECT id FROM document WHERE age(xmin) <= age($1::xid))
       SELECT count(*)::integer AS missing
       FROM changed CROSS JOIN LATERAL (
         SELECT FROM chunk c
         WHERE c.document_id = changed.id
           AND NOT EXISTS (SELECT FROM ${table} e WHERE e.chunk_id = c.id OFFSET 0)
         OFFSET 0) AS lacking`,
      [since],
    );
    return missing;
  }
}
