import { DataSource } from 'typeorm';
import { l2Normalise } from '../../src/common/vector';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions } from '../../src/database/data-source';
import { TableMaintenance } from '../../src/database/table-maintenance';
import { backgroundStatement, type Statement, wholeStatement } from '../../src/retrieval/search-plan';
import { wordsStatement } from '../../src/retrieval/text-statements';
import { type ContractDatabase, MIGRATED_DATABASES } from '../support/contract-database';
import { eventually } from '../support/evergreen';
import { PublishedCorpus, tableMaintenance } from '../support/published-corpus';
import { seededRandom } from '../support/seeded-random';

const TENANT = '00000000-0000-0000-0000-000000000000';
const COLLECTION = '00000000-0000-0000-0000-0000000000c0';
const DIMENSIONS = 512;
const SPACE = { table: 'chunk_embedding_1', storage: 'vector', dimensions: DIMENSIONS } as const;
const CHUNKS_PER_DOCUMENT = 20;
const DOCUMENTS_AT_ONCE = 25;
const REQUEST = {
  tenantId: TENANT,
  collectionId: COLLECTION,
  epoch: null,
  principals: ['user:ann'],
  filter: {},
  topK: 10,
};
jest.setTimeout(240_000);

const random = seededRandom(1);
const vector = () => l2Normalise(Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5));
/** Some words are common, most are rare. */
const word = () => `w${Math.floor(random() ** 3 * 3000)}x`;
const QUESTION = vector();
const TERMS = ['w7x', 'w100x', 'w900x'].map((lexeme) => ({ lexeme, chunkCount: 50, weight: 1 }));
const HOT: Record<string, Statement> = {
  'whole vector': wholeStatement(SPACE, QUESTION, REQUEST, 50),
  background: backgroundStatement(SPACE, QUESTION, REQUEST, 200),
  text: wordsStatement(REQUEST, { terms: TERMS, collectionChunks: 2000, averageLength: 40 }, 50, {
    space: SPACE,
    vector: QUESTION,
  }),
};

interface Plan {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Plan[];
}

/** Rows that a plan's nodes looked at, kept or not: what takes its time, and the same on every machine. */
function rowsOf(plan: Plan): number {
  const { 'Actual Rows': kept, 'Actual Loops': loops } = plan;
  const dropped = (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Join Filter'] ?? 0);
  return (kept + dropped) * loops + (plan.Plans ?? []).reduce((sum, part) => sum + rowsOf(part), 0);
}

type Query = (statement: string, values?: unknown[]) => Promise<unknown>;

/** Rows looked at by each of the hot statements, as planned now. */
async function work(query: Query): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const [name, { text, values }] of Object.entries(HOT)) {
    const result = (await query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values)) as {
      'QUERY PLAN': [{ Plan: Plan }];
    }[];
    rows[name] = rowsOf(result[0]['QUERY PLAN'][0].Plan);
  }
  return rows;
}

/** Takes from the planner what it knows, as if nothing had ever been analyzed, as long as nobody looks. */
async function forget(query: Query): Promise<void> {
  const ours = `(SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r')`;
  await query(`DELETE FROM pg_statistic WHERE starelid IN ${ours}`);
  await query(`UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid IN ${ours}`);
}

describe.each(MIGRATED_DATABASES)('table maintenance on %s', (name, open) => {
  const isEmbedded = name === 'the embedded database';
  let database: ContractDatabase;
  let dataSource: DataSource;
  let documents = 0;

  const query: Query = (statement, values) => dataSource.query(statement, values);
  const publish = async (count: number, tables?: TableMaintenance) => {
    const corpus = new PublishedCorpus(dataSource, TENANT, COLLECTION, SPACE, tables);
    for (let left = count; left > 0; left -= DOCUMENTS_AT_ONCE)
      await corpus.publish(
        Array.from({ length: Math.min(left, DOCUMENTS_AT_ONCE) }, () => ({
          externalId: `document/${documents++}`,
          paragraphs: Array.from({ length: CHUNKS_PER_DOCUMENT }, () => ({
            content: Array.from({ length: 40 }, word).join(' '),
            vector: vector(),
          })),
        })),
      );
  };

  beforeAll(async () => {
    database = await open();
    dataSource = await new DataSource(dataSourceOptions(database.url, AppConfig.parse({}))).initialize();
    // What is tested is not how fast an index is filled.
    await query('DROP INDEX IF EXISTS chunk_embedding_1_hnsw');
    await query(`INSERT INTO collection (id, tenant_id, name) VALUES ($1, $2, 'a')`, [COLLECTION, TENANT]);
    if (!isEmbedded)
      for (const table of ['document', 'document_version', 'chunk', 'chunk_embedding_1', 'term_statistics'])
        await query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.close();
  });

  it('plans the hot statements well after a bulk, and badly without it', async () => {
    const never = new TableMaintenance(
      () => Promise.resolve([]),
      () => undefined,
    );
    await publish(100, never);
    const unknown = await dataSource.transaction(async (manager) => {
      const inTransaction: Query = (statement, values) => manager.query(statement, values);
      await forget(inTransaction);
      return work(inTransaction);
    });
    const tables = tableMaintenance(dataSource);
    await tables.rowsWritten(999);
    await tables.rowsWritten(1);
    const known = await work(query);
    expect(known['whole vector']).toBeLessThan(unknown['whole vector'] / 5);
    expect(known.background).toBeLessThan(unknown.background / 5);
    expect(known.text).toBeLessThan(unknown.text / 2);
  });

  if (!isEmbedded) {
    it('analyzes what has doubled, and nothing else', async () => {
      await publish(50, tableMaintenance(dataSource));
      const analyzed: string[] = [];
      const tables = new TableMaintenance(
        (statement) => {
          if (statement.startsWith('ANALYZE')) analyzed.push(statement);
          return dataSource.query(statement);
        },
        (error) => {
          throw error;
        },
      );
      await tables.rowsWritten(1000);
      analyzed.length = 0;
      await publish(25, tables);
      await tables.rowsWritten(1000);
      expect(analyzed.filter((statement) => /public\.chunk/.test(statement))).toEqual([]);
      await publish(200, tables);
      await tables.rowsWritten(1000);
      expect(analyzed).toEqual(
        expect.arrayContaining([
          'ANALYZE (SKIP_LOCKED) public.chunk',
          'ANALYZE (SKIP_LOCKED) public.chunk_embedding_1',
        ]),
      );
    });
  }

  if (isEmbedded) {
    it('becomes fast again though nobody calls ANALYZE', async () => {
      const unknown = await dataSource.transaction(async (manager) => {
        const inTransaction: Query = (statement, values) => manager.query(statement, values);
        await forget(inTransaction);
        return work(inTransaction);
      });
      const known = await eventually(async () => {
        const now = await work(query);
        return now['whole vector'] < unknown['whole vector'] / 5 ? now : undefined;
      }, 'the tables to be analyzed');
      expect(known.background).toBeLessThan(unknown.background / 5);
    });

    it('vacuums dead rows once nobody asks, so that their room is used again', async () => {
      const pages = async () => {
        const rows = (await query(`SELECT pg_relation_size('chunk_embedding_1') / 8192 AS pages`)) as {
          pages: string;
        }[];
        return Number(rows[0].pages);
      };
      const before = await pages();
      await query('CREATE TEMPORARY TABLE copy AS SELECT * FROM chunk_embedding_1');
      await query('DELETE FROM chunk_embedding_1');
      await eventually(async () => {
        const rows = (await query(
          `SELECT last_vacuum IS NOT NULL AND n_dead_tup = 0 AS done
           FROM pg_stat_user_tables WHERE relname = 'chunk_embedding_1'`,
        )) as { done: boolean }[];
        return rows[0].done || undefined;
      }, 'the table to be vacuumed');
      await query('INSERT INTO chunk_embedding_1 SELECT * FROM copy');
      expect(await pages()).toBeLessThanOrEqual(before);
    });
  }
});
