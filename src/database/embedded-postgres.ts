import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { workerEntry } from '../common/worker-entry';
import { lockDataFolder } from './data-folder-lock';

/** Marks the connection string of an embedded database. */
const EMBEDDED = 'evergreen-embedded';

/** Whether a connection string leads to an embedded database, whose connections share one session. */
export function isEmbedded(url: string): boolean {
  return new URL(url).searchParams.get('application_name') === EMBEDDED;
}

/**
 * Postgres without a server: PGlite (Postgres in WebAssembly, with pgvector) in a worker thread, reached through a
 * Unix socket in a folder only this user can open, so that `pg`, TypeORM and BullMQ connect as to any server.
 */
export class EmbeddedPostgres {
  private constructor(
    /** Connection string that `pg` understands. */
    readonly url: string,
    private readonly worker: Worker,
    private readonly release: () => void,
  ) {}

  /**
   * @param dataDir folder that holds (or will hold) the database; one process at a time
   * @throws Error when another process uses the folder, or PGlite cannot start
   */
  static async start(dataDir: string): Promise<EmbeddedPostgres> {
    const unlock = lockDataFolder(dataDir);
    // Not inside dataDir: the path of a Unix socket is limited to about 100 bytes.
    const socketDir = mkdtempSync(join(tmpdir(), 'evergreen-'));
    const release = () => {
      rmSync(socketDir, { recursive: true, force: true });
      unlock();
    };
    try {
      const entry = workerEntry(join(__dirname, 'embedded-postgres.worker'));
      const worker = new Worker(entry.filename, {
        execArgv: entry.execArgv,
        workerData: {
          dataDir: join(dataDir, 'postgres'),
          socketPath: join(socketDir, '.s.PGSQL.5432'),
        },
      });
      await answerOf(worker);
      const url = `postgres://postgres@localhost:5432/postgres?host=${encodeURIComponent(socketDir)}&application_name=${EMBEDDED}`;
      return new EmbeddedPostgres(url, worker, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Writes everything to disk and gives the folder back. */
  async stop(): Promise<void> {
    this.worker.postMessage('stop');
    await answerOf(this.worker);
    await this.worker.terminate();
    this.release();
  }
}

/** The next message of a worker; its error or exit rejects. */
function answerOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number) => reject(new Error(`the embedded database ended with exit code ${code}`));
    worker.once('error', reject);
    worker.once('exit', onExit);
    worker.once('message', () => {
      worker.off('error', reject);
      worker.off('exit', onExit);
      resolve();
    });
  });
}
