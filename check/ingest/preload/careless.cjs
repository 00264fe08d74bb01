/**
 * Loaded before the service to prove that the ingest check can fail: every twentieth document is forgotten between its
 * two steps and nothing recovers it, and whoever deletes a document leaves its vectors behind.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('reflect-metadata');
  const service = path.join(__dirname, '..', '..', '..', 'dist', 'src');
  const { IngestQueue } = require(path.join(service, 'queue', 'ingest-queue.js'));
  const { IngestDispatcher } = require(path.join(service, 'ingestion', 'ingest-dispatcher.js'));
  const { DocumentStore } = require(path.join(service, 'corpus', 'document-store.js'));

  const { add } = IngestQueue.prototype;
  let added = 0;
  IngestQueue.prototype.add = function (step, batches) {
    const kept = batches.map((batch) => ({
      ...batch,
      versions: batch.versions.filter(() => step !== 'embed' || ++added % 20 !== 0),
    }));
    return add.call(
      this,
      step,
      kept.filter(({ versions }) => versions.length > 0),
    );
  };
  IngestDispatcher.prototype.recover = () => Promise.resolve();
  const remove = DocumentStore.prototype.delete;
  DocumentStore.prototype.delete = function (tenantId, documentIds) {
    return remove.call(this, tenantId, documentIds, () => Promise.resolve([]));
  };
}
