import { parseArgs } from 'node:util';
import { Client, Pool } from 'pg';
import { DataSource } from 'typeorm';
import { systemClock } from '../../src/common/clock';
import { toPgVectorBytes } from '../../src/common/vector';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions } from '../../src/database/data-source';
import { primaryOf } from '../../src/database/read-replicas';
import { Metrics } from '../../src/observability/metrics';
import type { PassageFilter } from '../../src/retrieval/passage-filter';
import { RecallSampler, recallOf } from '../../src/retrieval/recall-sampler';
import { exactStatement, indexStatement, scanBudget, type SearchRow } from '../../src/retrieval/search-plan';
import { SearchPlanner } from '../../src/retrieval/search-planner';
import type { SearchRequest } from '../../src/retrieval/search-request';
import { SlowStatementLog } from '../../src/retrieval/slow-statement-log';
import { VectorSearch } from '../../src/retrieval/vector-search';
import { PublishedCorpus } from '../../test/support/published-corpus';
import { createTestDatabase } from '../../test/support/test-database';
import { buildIndex, COLLECTION, dropIndex, loadDocuments, SELECTIVITIES, TENANT } from './bench-corpus';
import { CHUNKS_PER_DOCUMENT, ClusteredVectors } from './clustered-corpus';
import { seededRandom } from '../../test/support/seeded-random';
import { mean, percentile, rounded, throughput, timed } from '../measure';
import { note } from '../note';

/** Result of `npm run bench -- retrieval --json`. Times in milliseconds, shares from 0 to 1. */
export interface RetrievalBench {
  chunks: number;
  dimensions: number;
  efSearch: number;
  /** Parameters of the index. */
  index: string;
  /** recall@10 against an exact scan. */
  recall: { unfiltered: number; bySelectivity: Record<string, number> };
  /** Queries with fewer than 10 hits although 10 chunks match; must be 0. */
  short: number;
  /** Median of the service's vector search ÷ median of the same statement through plain `pg`, alternating. */
  p50Ratio: number;
  p99Ratio: number;
  p50Ms: number;
  p99Ms: number;
  /** Medians by selectivity in per cent. */
  p50MsBySelectivity: Record<string, number>;
  /** Queries per second by number of clients. */
  qps: Record<string, number>;
  /** A tenth of the chunks, then all. */
  growth: { chunks: number; p50Ms: number; p99Ms: number; indexSeconds: number }[];
}

const DIMENSIONS = 512;
const SPACE = { table: 'chunk_embedding_1', storage: 'vector', dimensions: DIMENSIONS } as const;
const RECALL_AT = 10;
/** Hits per query, as in retrieval. */
const ARM_LIMIT = 50;
const CLIENTS = [1, 8, 32];

/**
 * `npm run bench -- retrieval`: measures recall and latency of vector search. Without `--ef-construction` the index is built as by
 * the migrations.
 */
export async function benchRetrieval(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      chunks: { type: 'string', default: '100000' },
      queries: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '5' },
      'ef-construction': { type: 'string' },
    },
  });
  const chunks = Math.max(1000, Math.round(Number(values.chunks) / 1000) * 1000);
  const server = process.env.DATABASE_URL;
  const database = await createTestDatabase(server ? { serverUrl: server } : {});
  const bench = new Bench(database.url, {
    chunks,
    queries: Number(values.queries),
    seconds: Number(values.seconds),
    efConstruction: values['ef-construction'] ?? null,
  });
  try {
    const result = await bench.run();
    process.stdout.write(
      values.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`,
    );
  } finally {
    await bench.close();
    await database.drop();
  }
}

class Bench {
  private readonly config: AppConfig;
  private readonly dataSource: DataSource;
  private readonly bare: Pool;
  private readonly loader: Client;
  private readonly corpus: PublishedCorpus;
  private readonly vectors = new ClusteredVectors(DIMENSIONS, seededRandom(1));
  private readonly corpusRandom = seededRandom(2);
  private readonly queryRandom = seededRandom(3);

  constructor(
    url: string,
    private readonly options: {
      chunks: number;
      queries: number;
      seconds: number;
      /** null: as in the migrations. */
      efConstruction: string | null;
    },
  ) {
    this.config = AppConfig.parse({
      DATABASE_POOL_SIZE: String(Math.max(...CLIENTS)),
      RETRIEVAL_RECALL_SAMPLE: '0',
      DATABASE_STATEMENT_TIMEOUT_MS: '120000',
      RETRIEVAL_SLOW_MS: '120000',
    });
    this.dataSource = new DataSource(dataSourceOptions(url, this.config));
    this.corpus = new PublishedCorpus(this.dataSource, TENANT, COLLECTION, SPACE);
    this.bare = new Pool({ connectionString: url, max: 1 });
    this.loader = new Client({ connectionString: url });
  }

  async run(): Promise<RetrievalBench> {
    await this.dataSource.initialize();
    await this.loader.connect();
    await this.loader.query(`INSERT INTO collection (id, tenant_id, name) VALUES ($1, $2, 'bench')`, [
      COLLECTION,
      TENANT,
    ]);
    const small = await this.grow(0, this.options.chunks / 10);
    const all = await this.grow(this.options.chunks / 10, this.options.chunks);
    const recall = await this.recall();
    note('measuring throughput');
    const qps: Record<string, number> = {};
    const search = this.search();
    for (const clients of CLIENTS)
      qps[clients] = rounded(
        await throughput(clients, this.options.seconds, () =>
          search.search(primaryOf(this.dataSource), SPACE, this.query(), this.request(), ARM_LIMIT),
        ),
        1,
      );
    return {
      chunks: this.options.chunks,
      dimensions: DIMENSIONS,
      efSearch: this.config.retrieval.efSearch,
      index: all.index,
      ...recall,
      p50Ratio: all.p50Ratio,
      p99Ratio: all.p99Ratio,
      p50Ms: all.p50Ms,
      p99Ms: all.p99Ms,
      qps,
      growth: [small, all].map(({ chunks, p50Ms, p99Ms, indexSeconds }) => ({
        chunks,
        p50Ms,
        p99Ms,
        indexSeconds,
      })),
    };
  }

  async close(): Promise<void> {
    await Promise.allSettled([
      this.loader.end(),
      this.bare.end(),
      this.dataSource.isInitialized ? this.dataSource.destroy() : null,
    ]);
  }

  /** Loads up to a number of chunks, rebuilds the index and measures latency. */
  private async grow(from: number, to: number) {
    note(`loading ${to - from} chunks`);
    const dropped = await dropIndex(this.loader, SPACE.table);
    const { efConstruction } = this.options;
    const definition =
      efConstruction === null
        ? dropped
        : dropped.replace(/ef_construction='?\d+'?/, `ef_construction=${Number(efConstruction)}`);
    await loadDocuments(this.corpus, this.vectors, this.corpusRandom, {
      from: from / CHUNKS_PER_DOCUMENT,
      to: to / CHUNKS_PER_DOCUMENT,
      of: this.options.chunks / CHUNKS_PER_DOCUMENT,
    });
    note('building the index');
    const indexSeconds = rounded(await buildIndex(this.loader, SPACE.table, definition), 1);
    note('measuring latency');
    const index = /WITH .*/.exec(definition)?.[0] ?? '';
    return { chunks: to, index, indexSeconds, ...(await this.latency(to)) };
  }

  /** The service's search and its statement through plain `pg`, alternating, with the same vectors. */
  private async latency(rows: number) {
    const search = this.search();
    const request = this.request();
    const scan = {
      efSearch: Math.max(this.config.retrieval.efSearch, ARM_LIMIT),
      maxScanTuples: scanBudget(ARM_LIMIT, rows),
    };
    const service: number[] = [];
    const bare: number[] = [];
    const warmUp = 20;
    for (let i = -warmUp; i < this.options.queries * 3; i++) {
      const vector = this.query();
      const { text, values } = indexStatement(SPACE, vector, request, ARM_LIMIT, scan);
      // The second one finds the pages in memory, so the order alternates too.
      const turns = [
        async () =>
          service.push(
            (await timed(() => search.search(primaryOf(this.dataSource), SPACE, vector, request, ARM_LIMIT)))
              .ms,
          ),
        async () =>
          bare.push(
            (await timed(() => this.bare.query(text, [toPgVectorBytes(vector), ...values.slice(1)]))).ms,
          ),
      ];
      for (const turn of i % 2 ? turns : turns.reverse()) await turn();
      if (i < 0) service.length = bare.length = 0;
    }
    return {
      p50Ms: rounded(percentile(service, 0.5), 2),
      p99Ms: rounded(percentile(service, 0.99), 2),
      p50Ratio: rounded(percentile(service, 0.5) / percentile(bare, 0.5), 3),
      p99Ratio: rounded(percentile(service, 0.99) / percentile(bare, 0.99), 3),
    };
  }

  private async recall() {
    const bySelectivity: Record<string, number> = {};
    const p50MsBySelectivity: Record<string, number> = {};
    let short = 0;
    let unfiltered = 0;
    for (const percent of [100, ...SELECTIVITIES]) {
      note(`measuring recall at ${percent} %`);
      const request = this.request(percent === 100 ? {} : { metadata: { [`share_${percent}`]: true } });
      const search = this.search();
      const recalls: number[] = [];
      const times: number[] = [];
      for (let i = 0; i < this.options.queries; i++) {
        const vector = this.query();
        const { ms, result } = await timed(() =>
          search.search(primaryOf(this.dataSource), SPACE, vector, request, ARM_LIMIT),
        );
        const { text, values } = exactStatement(SPACE, vector, request, RECALL_AT, null);
        const { rows } = await this.bare.query<SearchRow>(text, values);
        const exact = rows.flatMap(({ distance }) => distance ?? []);
        recalls.push(
          recallOf(
            result.map(({ score }) => 1 - score),
            exact,
          ) ?? 1,
        );
        times.push(ms);
        if (result.length < exact.length) short++;
      }
      if (percent === 100) unfiltered = rounded(mean(recalls), 4);
      else bySelectivity[percent] = rounded(mean(recalls), 4);
      p50MsBySelectivity[percent] = rounded(percentile(times, 0.5), 2);
    }
    return { recall: { unfiltered, bySelectivity }, short, p50MsBySelectivity };
  }

  private query(): Float32Array {
    return this.vectors.near(this.vectors.anySubject(this.queryRandom), this.queryRandom);
  }

  private request(filter: PassageFilter = {}): SearchRequest {
    return {
      tenantId: TENANT,
      collectionId: COLLECTION,
      epoch: null,
      principals: ['user:bench'],
      filter,
      topK: RECALL_AT,
    };
  }

  /** The service's search, with empty caches. */
  private search(): VectorSearch {
    const recall = new RecallSampler(this.dataSource, this.config, new Metrics(), () => 1);
    const log = new SlowStatementLog(this.config, systemClock);
    return new VectorSearch(this.config, new SearchPlanner(systemClock), log, recall);
  }
}
