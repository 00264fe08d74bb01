/**
 * Loaded before the service to prove that the coherence check can fail: cached answers are served without
 * validation.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('reflect-metadata');
  const service = path.join(__dirname, '..', '..', '..', 'dist', 'src');
  const { Coherence } = require(path.join(service, 'query', 'coherence.js'));
  Coherence.prototype.check = (entry) => Promise.resolve({ coherent: true, entry, validatedBy: 'epoch' });
}
