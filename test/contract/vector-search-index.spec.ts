import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Clock } from '../../src/common/clock';
import { AppConfig } from '../../src/config/app-config';
import { DatabaseReads } from '../../src/database/database-reads';
import { dataSourceOptions } from '../../src/database/data-source';
import { primaryOf } from '../../src/database/read-replicas';
import { EmbeddingSpace } from '../../src/embedding-space/embedding-space.entity';
import { EmbeddingSpaceService } from '../../src/embedding-space/embedding-space.service';
import { VectorIndexCheck } from '../../src/embedding-space/vector-index-check';
import { HealthRegistry } from '../../src/observability/health-registry';
import { Metrics } from '../../src/observability/metrics';
import { SlowStatementLog } from '../../src/retrieval/slow-statement-log';
import { MIGRATED_DATABASES } from '../support/contract-database';

jest.setTimeout(120_000);

/** Keeps what is logged. */
class LinesLogger {
  readonly lines: string[] = [];
  readonly log = () => undefined;
  readonly warn = (line: string) => void this.lines.push(line);
  readonly error = (line: string) => void this.lines.push(line);
}

describe.each(MIGRATED_DATABASES)('what helps a slow search, on %s', (name, open) => {
  const isEmbedded = name === 'the embedded database';
  const config = AppConfig.parse({ RETRIEVAL_SLOW_MS: '100' });
  let dataSource: DataSource;
  let close: () => Promise<void>;
  let health: HealthRegistry;
  let metrics: Metrics;
  let check: VectorIndexCheck;
  let logged: LinesLogger;

  beforeAll(async () => {
    const backend = await open();
    dataSource = await new DataSource({
      ...dataSourceOptions(backend.url, config),
      entities: [EmbeddingSpace],
    }).initialize();
    close = async () => {
      await dataSource.destroy();
      await backend.close();
    };
    const clock: Clock = { nowMs: () => 0 };
    const spaces = new EmbeddingSpaceService(
      dataSource.getRepository(EmbeddingSpace),
      config,
      clock,
      new DatabaseReads(config, clock),
    );
    health = new HealthRegistry();
    metrics = new Metrics();
    const url = isEmbedded ? {} : { DATABASE_URL: backend.url };
    check = new VectorIndexCheck(dataSource, spaces, health, metrics, AppConfig.parse(url));
    check.onModuleInit();
  });
  afterAll(async () => {
    Logger.overrideLogger(false);
    await close();
  });
  beforeEach(() => {
    logged = new LinesLogger();
    Logger.overrideLogger(logged);
  });

  const state = async () => ({
    status: (await health.status()).status,
    degraded: (await metrics.degraded.get()).values.find(({ labels }) => labels.dependency === 'hnsw_index')
      ?.value,
  });

  it('has nothing to say of an index that is valid and used', async () => {
    await check.onApplicationBootstrap();
    expect(logged.lines).toEqual([]);
    expect(await check.problems()).toEqual([]);
    expect(await state()).toEqual({ status: 'ready', degraded: 0 });
  });

  it('names an index that is invalid, and how to mend it', async () => {
    const set = (valid: boolean) =>
      dataSource.query(
        `UPDATE pg_index SET indisvalid = $1 WHERE indexrelid = 'chunk_embedding_1_hnsw'::regclass`,
        [valid],
      );
    await set(false);
    await check.onApplicationBootstrap();
    expect(logged.lines).toHaveLength(1);
    expect(logged.lines[0]).toContain('chunk_embedding_1_hnsw is invalid');
    expect(logged.lines[0]).toContain('REINDEX INDEX CONCURRENTLY chunk_embedding_1_hnsw');
    expect(await state()).toEqual({ status: 'degraded', degraded: 1 });
    await set(true);
    expect(await state()).toEqual({ status: 'ready', degraded: 0 });
  });

  it('names an index that is missing or made for another distance; the remedy mends it', async () => {
    await dataSource.query('DROP INDEX chunk_embedding_1_hnsw');
    const [missing] = await check.problems();
    // An embedded database does without.
    if (isEmbedded) expect(missing).toBeUndefined();
    else expect(missing).toMatchObject({ index: 'chunk_embedding_1_hnsw', problem: 'is missing' });

    await dataSource.query(
      'CREATE INDEX chunk_embedding_1_hnsw ON chunk_embedding_1 USING hnsw (embedding vector_l2_ops)',
    );
    const [unused] = await check.problems();
    expect(unused.problem).toContain('not used by the planner');

    await dataSource.query('DROP INDEX chunk_embedding_1_hnsw');
    await dataSource.query(unused.remedy.split('; then ')[1]);
    expect(await check.problems()).toEqual([]);
  });

  it('logs the plan of a slow statement without its values, once a minute', async () => {
    let nowMs = 0;
    const clock: Clock = { nowMs: () => (nowMs += 150) };
    const log = new SlowStatementLog(config, clock);
    const statement = {
      text: `SELECT chunk_id FROM chunk_embedding_1 ORDER BY embedding <=> $1::vector(512) LIMIT 5`,
      values: [`[${'0.25,'.repeat(511)}0.25]`],
    };
    expect(await log.query(primaryOf(dataSource), 'vector', statement)).toEqual([]);
    await log.idle();
    expect(logged.lines).toHaveLength(1);
    expect(logged.lines[0]).toMatch(/^slow vector statement: 150 ms; its plan:\nLimit/);
    expect(logged.lines[0]).not.toContain('0.25');
    await log.query(primaryOf(dataSource), 'vector', statement);
    await log.idle();
    expect(logged.lines).toHaveLength(1);
    nowMs += 60_000;
    await log.query(primaryOf(dataSource), 'vector', statement);
    await log.idle();
    expect(logged.lines).toHaveLength(2);
  });
});
