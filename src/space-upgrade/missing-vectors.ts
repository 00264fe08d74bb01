import { Injectable } from '@nestjs/common';
import { CorpusDatabase, type Sql } from '../corpus/corpus-database';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';

/** Chunks looked at per statement: one of them is short, however many chunks there are. */
const PAGE = 10_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

type Table = Pick<EmbeddingSpace, 'table'>;

/** A moment of the database: what changes later is told from what was there. */
export type Moment = string;

/** Which chunks, of all tenants, have no vector in a space. */
@Injectable()
export class MissingVectors {
  constructor(private readonly database: CorpusDatabase) {}

  /** The ids of all chunks that lack theirs, a page of the corpus at a time; most pages are empty. */
  async *pages({ table }: Table): AsyncGenerator<string[]> {
    for (let after: string | null = FIRST_ID; after !== null;) {
      // OFFSET 0: a look-up for each chunk of the page, where a join might read all vectors for each page.
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

  /** How many chunks lack theirs. @returns also from when on it may have changed */
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
   * How many chunks lack theirs of the documents that have changed since a moment, in a transaction that no publication
   * passes: together with those of {@link count} these are all. Who changes the chunks of a document writes its row.
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
