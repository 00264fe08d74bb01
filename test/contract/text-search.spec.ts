import { DataSource } from 'typeorm';
import { systemClock } from '../../src/common/clock';
import { newId } from '../../src/common/ids';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions } from '../../src/database/data-source';
import { primaryOf } from '../../src/database/read-replicas';
import { SlowStatementLog } from '../../src/retrieval/slow-statement-log';
import { TextSearch } from '../../src/retrieval/text-search';
import { MIGRATED_DATABASES } from '../support/contract-database';

const TENANT = '00000000-0000-0000-0000-000000000000';
const TEXTS = [
  'river river river stone',
  'river stone bridge and some other words about nothing in particular to make it long',
  'bridge bridge',
  'mountain',
  ...Array.from({ length: 30 }, (_, i) => `river number ${i}`),
];

/** BM25 as the textbooks write it, over the stems that Postgres finds. */
function bm25(question: string[], texts: string[][]): number[] {
  const average = texts.reduce((sum, words) => sum + words.length, 0) / texts.length;
  return texts.map((words) =>
    question.reduce((score, word) => {
      const n = texts.filter((text) => text.includes(word)).length;
      const frequency = words.filter((other) => other === word).length;
      const norm = 0.9 * (1 - 0.4 + (0.4 * words.length) / average);
      const idf = Math.log(1 + (texts.length - n + 0.5) / (n + 0.5));
      return score + (idf * 1.9 * frequency) / (frequency + norm);
    }, 0),
  );
}

describe.each(MIGRATED_DATABASES)('text search on %s', (_name, open) => {
  jest.setTimeout(60_000);
  let dataSource: DataSource;
  let close: () => Promise<void>;
  let search: TextSearch;
  const collectionId = newId();
  const ids = TEXTS.map(() => newId());
  const request = { tenantId: TENANT, collectionId, epoch: null, principals: [], filter: {}, topK: 10 };

  beforeAll(async () => {
    const database = await open();
    const config = AppConfig.parse({});
    dataSource = await new DataSource(dataSourceOptions(database.url, config)).initialize();
    close = () => dataSource.destroy().then(() => database.close());
    search = new TextSearch(new SlowStatementLog(config, systemClock));
    await dataSource.query(`INSERT INTO collection (id, tenant_id, name) VALUES ($1, $2, 'c')`, [
      collectionId,
      TENANT,
    ]);
    for (const [i, text] of TEXTS.entries()) {
      await dataSource.query(
        `INSERT INTO document (id, tenant_id, collection_id, external_id, latest_version) VALUES ($1, $2, $3, $4, 1)`,
        [ids[i], TENANT, collectionId, `d${i}`],
      );
      await dataSource.query(
        `INSERT INTO chunk (id, tenant_id, collection_id, document_id, version, ordinal, start_offset, end_offset, content,
                            content_hash, heading_path, token_count, windows, search, search_length)
         SELECT $1, $2, $3, $1, 1, 0, 0, 1, $4, '', '{}', 1, '{}', to_tsvector('english', $4),
                (SELECT sum(cardinality(positions)) FROM unnest(to_tsvector('english', $4)))`,
        [ids[i], TENANT, collectionId, text],
      );
    }
    await dataSource.query(
      `UPDATE collection SET chunk_count = (SELECT count(*) FROM chunk WHERE collection_id = $1),
              search_length = (SELECT sum(search_length) FROM chunk WHERE collection_id = $1) WHERE id = $1`,
      [collectionId],
    );
    await dataSource.query(
      `INSERT INTO term_statistics SELECT $1, term.lexeme, $2, count(*) FROM chunk, unnest(search) AS term
       WHERE collection_id = $1 GROUP BY term.lexeme`,
      [collectionId, TENANT],
    );
  });
  afterAll(() => close());

  it('scores by BM25 exactly', async () => {
    const rows: { id: string; words: string[] | null }[] = await dataSource.query(
      `SELECT c.id, (SELECT array_agg(term.lexeme) FROM unnest(c.search) AS term, unnest(term.positions)) AS words
       FROM chunk c WHERE c.collection_id = $1`,
      [collectionId],
    );
    const words = ids.map((id) => rows.find((row) => row.id === id)?.words ?? []);
    const expected = bm25(['river', 'bridg', 'stone'], words);
    const hits = await search.search(primaryOf(dataSource), 'Which rivers have stone bridges?', request, 100);
    expect(hits.length).toBe(expected.filter((score) => score > 0).length);
    for (const { chunkId, score } of hits) expect(score).toBeCloseTo(expected[ids.indexOf(chunkId)], 4);
    expect(hits.map(({ score }) => score)).toEqual([...hits].map(({ score }) => score).sort((a, b) => b - a));
  });

  it('ranks the rare word above the common one', async () => {
    const [first] = await search.search(primaryOf(dataSource), 'How long is river number 17?', request, 5);
    expect(TEXTS[ids.indexOf(first.chunkId)]).toBe('river number 17');
  });

  it('finds nothing for words that no chunk holds, and none at all for stop words', async () => {
    expect(await search.search(primaryOf(dataSource), 'zeppelin', request, 5)).toEqual([]);
    expect(await search.search(primaryOf(dataSource), 'is it the', request, 5)).toEqual([]);
  });

  it.each(["o'brien \\ & | ! ( ) : * <->", "'; DROP TABLE chunk; --", '\u{1F332} \u202e', 'a'.repeat(5000)])(
    'survives %j',
    async (question) => {
      await expect(
        search.search(primaryOf(dataSource), `river ${question}`, request, 5),
      ).resolves.not.toHaveLength(0);
    },
  );

  it('sees nothing of another tenant or collection', async () => {
    expect(await search.search(primaryOf(dataSource), 'river', { ...request, tenantId: newId() }, 5)).toEqual(
      [],
    );
    expect(
      await search.search(primaryOf(dataSource), 'river', { ...request, collectionId: newId() }, 5),
    ).toEqual([]);
  });

  it('obeys filters', async () => {
    const hits = await search.search(
      primaryOf(dataSource),
      'river',
      { ...request, filter: { externalIds: ['d1'] } },
      50,
    );
    expect(hits.map(({ chunkId }) => chunkId)).toEqual([ids[1]]);
  });
});
