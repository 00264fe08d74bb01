/**
 * Loaded before an API process to prove that the upgrade check detects mixed spaces: questions are searched in the new space with a
 * vector that was truncated to the old length and padded with zeros.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('reflect-metadata');
  const service = path.join(__dirname, '..', '..', '..', 'dist', 'src');
  const cache = require(path.join(service, 'embedding-cache', 'embedding-cache.service.js'));
  const { embedOne } = cache.EmbeddingCacheService.prototype;
  cache.EmbeddingCacheService.prototype.embedOne = async function (...args) {
    const vector = await embedOne.apply(this, args);
    return vector.map((component, i) => (i < 512 ? component : 0));
  };
}
