/**
 * Fault injection, loaded before the service by the coherence check (`node --require`): on SIGUSR2 the process kills itself after its
 * next commit of a document, before it publishes the event; on SIGHUP it stops handling invalidation events, and on the next
 * SIGHUP it continues.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

const SERVICE = path.join(__dirname, '..', '..', '..', 'dist', 'src');

function dieAfterNextCommit() {
  const { PublishedVersions } = require(path.join(SERVICE, 'ingestion', 'published-versions.js'));
  const report = PublishedVersions.prototype.report;
  let isDoomed = false;
  process.on('SIGUSR2', () => (isDoomed = true));
  PublishedVersions.prototype.report = function (ref, publication) {
    if (isDoomed && publication.outcome === 'published') process.kill(process.pid, 'SIGKILL');
    return report.call(this, ref, publication);
  };
}

function pauseInvalidation() {
  const { InvalidationStream } = require(path.join(SERVICE, 'semantic-cache', 'invalidation-stream.js'));
  const round = InvalidationStream.prototype.round;
  let isPaused = false;
  process.on('SIGHUP', () => (isPaused = !isPaused));
  InvalidationStream.prototype.round = function () {
    return isPaused ? Promise.resolve() : round.call(this);
  };
}

if (isMainThread) {
  require('reflect-metadata');
  dieAfterNextCommit();
  pauseInvalidation();
}
