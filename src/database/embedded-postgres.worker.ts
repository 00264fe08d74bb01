import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { EmbeddedPostgresServer } from './embedded-postgres-server';
import { TableMaintenance } from './table-maintenance';

const MAINTENANCE_INTERVAL_MS = 1000;

/** Runs PGlite in a thread of its own, so that no statement ever blocks the event loop of the service. */
async function main(): Promise<void> {
  const { dataDir, socketPath } = workerData as { dataDir: string; socketPath: string };
  const db = await PGlite.create({ dataDir, extensions: { vector } });
  // All connections share this one session, so start-up options are ignored: `bullmq` is the queue's schema.
  await db.exec('SET search_path TO public, bullmq');
  const server = new EmbeddedPostgresServer(db);
  await server.listen(socketPath);
  const maintenance = new TableMaintenance(
    (statement) => server.query(statement),
    (error) => process.emitWarning(error),
  );
  const rounds = setInterval(() => void maintenance.round(server.takeBusyMs()), MAINTENANCE_INTERVAL_MS);
  parentPort?.once('message', () => {
    void (async () => {
      clearInterval(rounds);
      await maintenance.idle();
      await server.close();
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
