import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { Evergreen, temporaryFolder } from '../../test/support/evergreen';
import { startRedis, type TestServer } from '../../test/support/services';
import { createTestDatabase, type TestDatabase } from '../../test/support/test-database';
import { syntheticText } from '../chunking/synthetic-text';
import { rounded } from '../measure';
import { type CopyFloor, copyFloor } from './copy-floor';
import { QuickEmbeddingServer } from './quick-embedding-server';
import { note } from '../note';

/** Result of `npm run bench -- ingest --json`. */
export interface IngestBench {
  documents: number;
  chunks: number;
  /** Seconds from the first byte sent until the last document is searchable. */
  seconds: number;
  documentsPerSecond: number;
  /** Of content, 1 MB = 10⁶ bytes. */
  mbPerSecond: number;
  floor: CopyFloor & { documentsPerSecond: number };
  /** The floor's seconds ÷ the service's. */
  shareOfFloor: number;
  /** An upload without workers. */
  upload: { documents: number; mb: number; seconds: number; peakMb: number };
}

const DIMENSIONS = 512;
const SETTLE_MS = 900_000;
const NDJSON = { 'content-type': 'application/x-ndjson' };

/**
 * `npm run bench -- ingest`: measures how fast documents become searchable, compared with COPY of the same rows and the index
 * build, and the memory of a long upload.
 */
export async function benchIngest(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      documents: { type: 'string', default: '2000' },
      bytes: { type: 'string', default: '3000' },
      upload: { type: 'string', default: '100000' },
    },
  });
  const [documents, bytes, upload] = [values.documents, values.bytes, values.upload].map(Number);
  const result = await new Bench().run(documents, bytes, upload);
  process.stdout.write(`${JSON.stringify(result, null, values.json ? undefined : 2)}\n`);
}

class Bench {
  private readonly folder = temporaryFolder();
  private readonly servers: TestServer[] = [];
  private readonly services: Evergreen[] = [];
  private database!: TestDatabase;
  private model!: QuickEmbeddingServer;
  private env!: Record<string, string>;

  async run(documents: number, bytes: number, uploaded: number): Promise<IngestBench> {
    try {
      await this.start();
      const speed = await this.speed(documents, bytes);
      note('the same rows by COPY, and the index');
      const floor = await copyFloor(this.database.url);
      const floorSeconds = floor.copySeconds + floor.indexSeconds;
      const upload = await this.upload(uploaded);
      return {
        documents,
        chunks: speed.chunks,
        seconds: rounded(speed.seconds, 2),
        documentsPerSecond: rounded(documents / speed.seconds, 1),
        mbPerSecond: rounded((documents * bytes) / 1e6 / speed.seconds, 3),
        floor: {
          copySeconds: rounded(floor.copySeconds, 2),
          indexSeconds: rounded(floor.indexSeconds, 2),
          documentsPerSecond: rounded(documents / floorSeconds, 1),
        },
        shareOfFloor: rounded(floorSeconds / speed.seconds, 3),
        upload,
      };
    } finally {
      await Promise.all(this.services.map((service) => service.kill()));
      await Promise.all([...this.servers.map((server) => server.destroy()), this.model?.close()]);
      await this.database?.drop();
      this.folder.remove();
    }
  }

  private async start(): Promise<void> {
    note('starting');
    this.model = await QuickEmbeddingServer.start(DIMENSIONS);
    const serverUrl = process.env.DATABASE_URL;
    this.database = await createTestDatabase({ template: 'template0', ...(serverUrl && { serverUrl }) });
    for (const role of ['cache', 'queue'] as const) this.servers.push(await startRedis({ role }));
    const [cache, queue] = this.servers;
    this.env = {
      DATABASE_URL: this.database.url,
      REDIS_CACHE_URL: cache.url,
      REDIS_QUEUE_URL: queue.url,
      DATA_DIR: this.folder.path,
      AUTH: 'disabled',
      LOG_LEVEL: 'warn',
      OPENAI_BASE_URL: this.model.url,
      OPENAI_API_KEY: 'none',
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: 'quick',
      EMBEDDING_DIMENSIONS: String(DIMENSIONS),
    };
  }

  private async speed(documents: number, bytes: number): Promise<{ seconds: number; chunks: number }> {
    const service = await this.service({});
    const text = syntheticText(documents * bytes);
    note(`${documents} documents of ${bytes} bytes to become searchable`);
    const warmUp = await service.ingest([{ external_id: 'warm-up.md', content: syntheticText(20_000) }]);
    if (warmUp.status !== 'completed') throw new Error('the warm-up ingestion failed');
    const startedMs = performance.now();
    await this.send(service, documents, (i) => ({
      external_id: `d${i}.md`,
      content: text.slice(i * bytes, (i + 1) * bytes),
    }));
    await this.untilSearchable(documents + 1);
    const seconds = (performance.now() - startedMs) / 1000;
    const [{ chunks }] = await this.query<{ chunks: number }>(
      'SELECT count(*)::integer AS chunks FROM chunk',
    );
    await service.stop();
    return { seconds, chunks };
  }

  /** A long upload to an otherwise idle process. */
  private async upload(documents: number): Promise<IngestBench['upload']> {
    const service = await this.service({ ROLE: 'api' });
    note(`${documents} documents to be taken in`);
    const text = syntheticText(1_000_000);
    const content = (i: number) => `${i}\n\n${text.slice((i * 997) % 998_000, ((i * 997) % 998_000) + 1000)}`;
    const startedMs = performance.now();
    const bytes = await this.send(service, documents, (i) => ({
      external_id: `u${i}.md`,
      content: content(i),
    }));
    const seconds = rounded((performance.now() - startedMs) / 1000, 1);
    const peakMb = peakMemoryMb(service.process.pid!);
    return { documents, mb: rounded(bytes / 1e6, 1), seconds, peakMb };
  }

  /** @returns bytes sent */
  private async send(
    service: Evergreen,
    documents: number,
    documentOf: (i: number) => object,
  ): Promise<number> {
    let bytes = 0;
    const lines = function* () {
      for (let i = 0; i < documents; i++) {
        const line = `${JSON.stringify(documentOf(i))}\n`;
        bytes += Buffer.byteLength(line);
        yield line;
      }
    };
    const response = await fetch(`${service.url}/admin/ingest`, {
      method: 'POST',
      headers: NDJSON,
      body: Readable.toWeb(Readable.from(lines())),
      duplex: 'half',
    } as RequestInit);
    const answer = (await response.json()) as { accepted?: number };
    if (answer.accepted !== documents) throw new Error(`not all were accepted: ${JSON.stringify(answer)}`);
    return bytes;
  }

  private async untilSearchable(documents: number): Promise<void> {
    const untilMs = performance.now() + SETTLE_MS;
    for (;;) {
      const [{ searchable }] = await this.query<{ searchable: number }>(
        'SELECT count(searchable_version)::integer AS searchable FROM document',
      );
      if (searchable === documents) return;
      if (performance.now() > untilMs) throw new Error(`only ${searchable} documents are searchable`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  private async service(env: Record<string, string>): Promise<Evergreen> {
    const service = await Evergreen.start({ ...this.env, ...env });
    this.services.push(service);
    return service;
  }

  private async query<Row>(statement: string): Promise<Row[]> {
    const client = new Client({ connectionString: this.database.url });
    await client.connect();
    try {
      return (await client.query(statement)).rows as Row[];
    } finally {
      await client.end();
    }
  }
}

/** Peak memory of a process, as Linux counts it. */
function peakMemoryMb(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return rounded((Number(kilobytes) * 1024) / 1e6, 0);
}
