/** Loaded before the service to prove that the fuzz check can fail: searches of one mode cause an internal error. */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('reflect-metadata');
  const service = path.join(__dirname, '..', '..', '..', 'dist', 'src');
  const { RetrievalService } = require(path.join(service, 'retrieval', 'retrieval.service.js'));
  const { retrieve } = RetrievalService.prototype;
  RetrievalService.prototype.retrieve = async function (query, vector, request, mode) {
    if (mode === 'text') throw new TypeError('a planted fault');
    return retrieve.call(this, query, vector, request, mode);
  };
}
