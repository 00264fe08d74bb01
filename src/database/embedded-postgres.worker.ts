import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

/** Runs PGlite in a thread of its own, so that no statement ever blocks the event loop of the service. */
async function main(): Promise<void> {
  const { dataDir, socketPath, maxConnections } = workerData as {
    dataDir: string;
    socketPath: string;
    maxConnections: number;
  };
  const db = await PGlite.create({ dataDir, extensions: { vector } });
  // All connections share this one session, so start-up options are ignored: `bullmq` is the queue's schema.
  await db.exec('SET search_path TO public, bullmq');
  const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections });
  await server.start();
  parentPort?.once('message', () => {
    void (async () => {
      await server.stop();
      await db.close();
      parentPort?.postMessage('stopped');
    })();
  });
  parentPort?.postMessage('ready');
}

main().catch((error: unknown) => {
  // An uncaught error in a thread reaches the parent as its `error` event.
  setImmediate(() => {
    throw error;
  });
});
