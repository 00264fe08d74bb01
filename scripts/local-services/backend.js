/** How servers are started on this machine: containers or a Debian root. */
const fs = require('node:fs');
const path = require('node:path');
const { rootObstacle } = require('./debian-root');
const { engineObstacle } = require('./engine');
const { stateFolder } = require('./paths');

const OBSTACLES = { engine: engineObstacle, root: rootObstacle };

const recordFile = () => path.join(stateFolder(), 'backend');

/** The backend that this checkout's servers were started with, if they may still run. */
function recordedBackend() {
  try {
    return fs.readFileSync(recordFile(), 'utf8');
  } catch {
    return undefined;
  }
}

/** Stores the backend until {@link forgetBackend}, so that `down` finds what `up` started. */
function recordBackend(backend) {
  fs.writeFileSync(recordFile(), backend);
}

function forgetBackend() {
  fs.rmSync(recordFile(), { force: true });
}

/**
 * The stored backend if it still works, else `engine` if one is available, else `root` if a Debian root can be created.
 * @throws Error that says what to install
 */
function chooseBackend() {
  const recorded = recordedBackend();
  if (recorded !== undefined && OBSTACLES[recorded]?.() === undefined) return recorded;
  const engine = engineObstacle();
  if (engine === undefined) return 'engine';
  const root = rootObstacle();
  if (root === undefined) return 'root';
  throw new Error(
    [
      'Postgres and Redis cannot be started here. Do one of these:',
      `  - install and start Docker with its compose plugin (now: ${engine});`,
      `  - or run this as root on Debian, where mmdebstrap is used or installed (now: ${root});`,
      '  - or set DATABASE_URL (Postgres 17 with pgvector), REDIS_CACHE_URL and REDIS_QUEUE_URL (Redis 8).',
    ].join('\n'),
  );
}

module.exports = { chooseBackend, forgetBackend, recordBackend };
