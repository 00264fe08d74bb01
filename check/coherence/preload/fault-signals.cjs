/**
 * Loaded before the service by the coherence check (`node --require`), so that a signal makes what no setting may:
 * on SIGUSR2 a worker kills itself after its next commit, before it tells anybody; an API process stops handling
 * invalidation events, and on the next one goes on.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

const SERVICE = path.join(__dirname, '..', '..', '..', 'dist', 'src');

function dieAfterNextCommit() {
  const { PublishedVersions } = require(path.join(SERVICE, 'ingestion', 'published-versions.js'));
  const tell = PublishedVersions.prototype.tell;
  let isDoomed = false;
  process.on('SIGUSR2', () => (isDoomed = true));
  PublishedVersions.prototype.tell = function (ref, publication) {
    if (isDoomed && publication.outcome === 'published') process.kill(process.pid, 'SIGKILL');
    return tell.call(this, ref, publication);
  };
}

if (isMainThread) {
  require('reflect-metadata');
  if (process.env.ROLE === 'worker') dieAfterNextCommit();
  else process.on('SIGUSR2', () => undefined);
}
