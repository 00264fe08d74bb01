/**
 * Loaded before the service to prove that the isolation check can fail: what a new version takes from who may read a document
 * is taken only once that version is published.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('reflect-metadata');
  const load = (...names) => require(path.join(__dirname, '..', '..', '..', 'dist', 'src', ...names));
  load('corpus', 'document-access.js').narrowAcls = () => Promise.resolve([]);
}
