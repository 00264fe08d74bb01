import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DocumentInput,
  eventually,
  type JobStatus,
  temporaryFolder,
} from '../../test/support/evergreen';
import { FakeOpenAiServer } from '../../test/support/fake-openai-server';
import { CHECKOUT, startRedis, type TestServer } from '../../test/support/services';
import { createTestDatabase, type TestDatabase } from '../../test/support/test-database';
import { answerOf } from './machine-manual';

const MAIN = join(CHECKOUT, 'dist', 'src', 'main.js');
const DIMENSIONS = 512;
const START_TIMEOUT_MS = 60_000;
const INGEST_TIMEOUT_MS = 300_000;
const DOCUMENTS_PER_REQUEST = 500;

/**
 * The built service as a process of its own, with its default settings, on a real Postgres, Redis servers of its own and
 * a fake model endpoint. Its log goes to a file, as it would in operation.
 */
export class MeasuredService {
  readonly url: string;

  private constructor(
    private readonly child: ChildProcess,
    /** Its embedding and its language model. */
    readonly model: FakeOpenAiServer,
    readonly databaseUrl: string,
    readonly redisUrl: string,
    log: string,
    private readonly release: () => Promise<void>,
  ) {
    this.url = /listens on (http\S+)/.exec(log)![1];
  }

  /** @param env settings besides those that say where everything is */
  static async start(env: Record<string, string>): Promise<MeasuredService> {
    if (!existsSync(MAIN)) throw new Error('dist is missing: run `npm run build` first');
    const folder = temporaryFolder();
    const held: { database?: TestDatabase; servers: TestServer[]; model?: FakeOpenAiServer } = {
      servers: [],
    };
    let child: ChildProcess | undefined;
    const release = async () => {
      await ended(child);
      await Promise.all([...held.servers.map((server) => server.destroy()), held.model?.close()]);
      await held.database?.drop();
      folder.remove();
    };
    try {
      const model = (held.model = await FakeOpenAiServer.start({ answer: answerOf, dimensions: DIMENSIONS }));
      const serverUrl = process.env.DATABASE_URL;
      const empty = { template: 'template0' };
      held.database = await createTestDatabase(serverUrl ? { ...empty, serverUrl } : empty);
      for (const role of ['cache', 'queue'] as const) held.servers.push(await startRedis({ role }));
      const [cache, queue] = held.servers;
      const logFile = join(folder.path, 'log');
      const output = openSync(logFile, 'a');
      child = spawn(process.execPath, [MAIN], {
        cwd: CHECKOUT,
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          HOST: '127.0.0.1',
          PORT: '0',
          DATA_DIR: folder.path,
          DATABASE_URL: held.database.url,
          REDIS_CACHE_URL: cache.url,
          REDIS_QUEUE_URL: queue.url,
          AUTH: 'disabled',
          OPENAI_BASE_URL: model.url,
          OPENAI_API_KEY: 'none',
          LLM_PROVIDER: 'openai',
          SEMANTIC_CACHE_JUDGE: 'off',
          EMBEDDING_PROVIDER: 'openai',
          EMBEDDING_MODEL: 'word-hash',
          EMBEDDING_DIMENSIONS: String(DIMENSIONS),
          // Where re-worded questions lie with that model.
          SEMANTIC_CACHE_THRESHOLD: '0.7',
          // On a busy machine a call may take longer than the default, and a miss would be measured instead of a hit.
          REDIS_CACHE_TIMEOUT_MS: '2000',
          ...env,
        },
        stdio: ['ignore', output, output],
      });
      const started = child;
      const log = await eventually(
        async () => {
          const text = readFileSync(logFile, 'utf8');
          if (started.exitCode !== null) throw new Error(`the service ended:\n${text.slice(-4000)}`);
          return text.includes('listens on') ? text : undefined;
        },
        'the service to listen',
        START_TIMEOUT_MS,
      );
      return new MeasuredService(started, model, held.database.url, cache.url, log, release);
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Reads documents in, and waits until all of them are searchable. */
  async ingest(documents: readonly DocumentInput[]): Promise<void> {
    for (let from = 0; from < documents.length; from += DOCUMENTS_PER_REQUEST)
      await this.ingestAtOnce(documents.slice(from, from + DOCUMENTS_PER_REQUEST));
  }

  /** Its memory in bytes as the system counts it (resident set); null where the system does not say. */
  residentBytes(): number | null {
    const status = `/proc/${this.child.pid}/status`;
    if (!existsSync(status)) return null;
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8'))?.[1]) * 1024;
  }

  /** Processor time that the service has used so far, in ms; null where the system does not say. */
  cpuMs(): number | null {
    const stat = `/proc/${this.child.pid}/stat`;
    if (!existsSync(stat)) return null;
    const fields = readFileSync(stat, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs();
  }

  /** Stops it and removes all that it was given. */
  stop(): Promise<void> {
    return this.release();
  }

  private async ingestAtOnce(documents: readonly DocumentInput[]): Promise<void> {
    const response = await fetch(`${this.url}/admin/ingest`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ documents }),
    });
    const { job_id } = (await response.json()) as { job_id?: string };
    if (!job_id) throw new Error(`ingest: ${response.status}`);
    const job = await eventually(
      async () => {
        const job = (await (await fetch(`${this.url}/admin/ingest/${job_id}`)).json()) as JobStatus;
        return /^(completed|failed)/.test(job.status) ? job : undefined;
      },
      'the documents to be read in',
      INGEST_TIMEOUT_MS,
    );
    const failed = job.documents.find(({ error }) => error !== null);
    if (failed) throw new Error(`ingest: ${failed.error?.message}`);
  }
}

let tick: number | undefined;

function tickMs(): number {
  return (tick ??= 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })));
}

async function ended(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGKILL');
  });
}
