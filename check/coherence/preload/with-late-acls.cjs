/**
 * Loaded before the service to prove that the coherence check can fail: an ACL that replaces another is in force only some
 * time after the service has said so.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

const DELAY_MS = 3000;

if (isMainThread) {
  require('reflect-metadata');
  const service = path.join(__dirname, '..', '..', '..', 'dist', 'src');
  const { DocumentAccess } = require(path.join(service, 'corpus', 'document-access.js'));
  const { replaceAcl } = DocumentAccess.prototype;
  DocumentAccess.prototype.replaceAcl = function (tenantId, documentId, acl) {
    setTimeout(() => replaceAcl.call(this, tenantId, documentId, acl).catch(() => {}), DELAY_MS);
    return Promise.resolve({ before: null, after: acl });
  };
}
