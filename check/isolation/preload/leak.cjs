/**
 * Loaded before the service to prove that the isolation check can fail: every user whom a request names is believed,
 * documents are shown by their id alone, keys are not revoked, and all other faults of this folder.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('reflect-metadata');
  const load = (...names) => require(path.join(__dirname, '..', '..', '..', 'dist', 'src', ...names));
  require('../../coherence/preload/with-all-principals.cjs');
  for (const fault of ['narrowing', 'erasure', 'delegation']) require(`./${fault}.cjs`);

  const { DocumentStore } = load('corpus', 'document-store.js');
  const { get } = DocumentStore.prototype;
  DocumentStore.prototype.get = async function (tenantId, id) {
    const [row] = await this.database.sql('SELECT tenant_id FROM document WHERE id::text = $1', [id]);
    return get.call(this, row?.tenant_id ?? tenantId, id);
  };

  const { ApiKeyService } = load('auth', 'api-key.service.js');
  ApiKeyService.prototype.revoke = () => Promise.resolve();
}
