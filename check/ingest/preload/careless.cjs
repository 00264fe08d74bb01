/**
 * Loaded before the service to prove that the ingest check can fail: every twentieth document is forgotten between its
 * two steps and nobody sweeps, and whoever deletes a document leaves its vectors behind.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('reflect-metadata');
  const service = path.join(__dirname, '..', '..', '..', 'dist', 'src');
  const { IngestQueue } = require(path.join(service, 'queue', 'ingest-queue.js'));
  const { Sweeper } = require(path.join(service, 'ingestion', 'sweeper.js'));
  const { DocumentStore } = require(path.join(service, 'corpus', 'document-store.js'));

  const enqueue = IngestQueue.prototype.enqueue;
  let asked = 0;
  IngestQueue.prototype.enqueue = function (step, jobs) {
    const kept = jobs.map((job) => ({
      ...job,
      versions: job.versions.filter(() => step !== 'embed' || ++asked % 20 !== 0),
    }));
    return enqueue.call(
      this,
      step,
      kept.filter(({ versions }) => versions.length > 0),
    );
  };
  Sweeper.prototype.sweep = () => Promise.resolve(0);
  const remove = DocumentStore.prototype.delete;
  DocumentStore.prototype.delete = function (tenantId, documentIds) {
    return remove.call(this, tenantId, documentIds, () => Promise.resolve([]));
  };
}
