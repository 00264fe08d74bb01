/**
 * Loaded before the service to prove that the isolation check can fail: ACLs and keys go on naming users who were erased,
 * and what they asked stays in the cache.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('reflect-metadata');
  const load = (...names) => require(path.join(__dirname, '..', '..', '..', 'dist', 'src', ...names));
  const { UserErasure } = load('query', 'user-erasure.js');
  UserErasure.prototype.erase = () =>
    Promise.resolve({ questions: 0, cachedAnswers: 0, documents: 0, apiKeys: 0 });
}
