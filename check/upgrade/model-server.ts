import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { workerEntry } from '../../src/common/worker-entry';

/** An embedding endpoint in a worker thread, so that the embeddings of a backfill do not delay the measuring thread. */
export class ModelServer {
  private constructor(
    private readonly thread: Worker,
    readonly url: string,
  ) {}

  static async start(): Promise<ModelServer> {
    const { filename, execArgv } = workerEntry(join(__dirname, 'model-server.worker'));
    const thread = new Worker(filename, { execArgv });
    const [url] = (await once(thread, 'message')) as [string];
    return new ModelServer(thread, url);
  }

  async close(): Promise<void> {
    await this.thread.terminate();
  }
}
