/** A folder with a minimal Debian that contains the servers; the host's packages are not changed. */
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { withLock } = require('./file-lock');
const { baseFolder } = require('./paths');

const SUITE = 'trixie';
const PACKAGES = ['redis-server', 'postgresql-17', 'postgresql-17-pgvector', 'pgbouncer', 'prometheus'];
/** Without documentation, translations and the default Postgres cluster. */
const OPTIONS = [
  '--variant=minbase',
  '--dpkgopt=path-exclude=/usr/share/man/*',
  '--dpkgopt=path-exclude=/usr/share/doc/*',
  '--dpkgopt=path-exclude=/usr/share/locale/*',
];
const KEY = createHash('sha256')
  .update(JSON.stringify([SUITE, PACKAGES, OPTIONS]))
  .digest('hex')
  .slice(0, 8);

const POSTGRES_BIN = '/usr/lib/postgresql/17/bin';
const REDIS_SERVER = '/usr/bin/redis-server';
const PGBOUNCER = '/usr/sbin/pgbouncer';
const PROMETHEUS = '/usr/bin/prometheus';

/** The folder of the root; another list of packages gives another folder. */
function rootFolder() {
  return path.join(baseFolder(), `debian-${SUITE}-${KEY}`);
}

/** Why the root cannot be used on this machine, or undefined if it can. */
function rootObstacle() {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid() !== 0) return 'this is not root';
  if (fs.existsSync(rootFolder()) || isInstalled('mmdebstrap')) return undefined;
  if (!fs.existsSync('/etc/debian_version') || !isInstalled('apt-get'))
    return 'neither mmdebstrap nor apt-get is installed';
  return undefined;
}

function isInstalled(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Runs a command with its output in the log. @throws Error with the end of the log if it fails */
function runLogged(log, command, args) {
  const fd = fs.openSync(log, 'a');
  const result = spawnSync(command, args, {
    stdio: ['ignore', fd, fd],
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  });
  fs.closeSync(fd);
  if (result.status === 0) return;
  const lines = fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  throw new Error(
    `${command} failed (${result.error?.message ?? result.status ?? result.signal}); ${log} ends:\n${lines}`,
  );
}

function installMmdebstrap(log, report) {
  report('Installing mmdebstrap with apt-get …');
  runLogged(log, 'apt-get', ['update', '-q']);
  runLogged(log, 'apt-get', ['install', '-q', '-y', '--no-install-recommends', 'mmdebstrap']);
}

/** Removes the rest of an interrupted build; never crosses into a file system mounted there. */
function removeLeftovers(base) {
  for (const name of fs.readdirSync(base).filter((entry) => entry.startsWith('building-'))) {
    spawnSync('rm', ['-rf', '--one-file-system', path.join(base, name)]);
  }
}

/**
 * Returns the folder of the root; creates it if it is missing: builds it in a temporary folder, tests it, then renames it, so
 * that an existing root is complete. Of several processes one builds and the others wait.
 * @param report receives one line per step
 */
async function ensureRoot(report) {
  const root = rootFolder();
  if (fs.existsSync(root)) return root;
  const base = baseFolder();
  return withLock(path.join(base, 'root.lock'), () => {
    if (fs.existsSync(root)) return root;
    removeLeftovers(base);
    const log = path.join(base, 'build.log');
    fs.rmSync(log, { force: true });
    if (!isInstalled('mmdebstrap')) installMmdebstrap(log, report);
    report(`Creating a Debian root with Postgres, Redis and Prometheus in ${root} (once, about a minute) …`);
    const building = path.join(base, `building-${process.pid}`);
    runLogged(log, 'mmdebstrap', [...OPTIONS, `--include=${PACKAGES.join(',')}`, SUITE, building]);
    fs.chmodSync(building, 0o755);
    runLogged(log, 'chroot', [building, REDIS_SERVER, '--version']);
    runLogged(log, 'chroot', [
      '--userspec=postgres:postgres',
      building,
      `${POSTGRES_BIN}/postgres`,
      '--version',
    ]);
    fs.renameSync(building, root);
    return root;
  });
}

/** Numeric ids of a user inside the root; user names differ outside. */
function rootUser(root, name) {
  const entry = fs
    .readFileSync(path.join(root, 'etc/passwd'), 'utf8')
    .match(new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm'));
  if (!entry)
    throw new Error(`the root ${root} has no user ${name}: delete the folder, it will be created again`);
  return { uid: Number(entry[1]), gid: Number(entry[2]) };
}

module.exports = {
  PGBOUNCER,
  POSTGRES_BIN,
  PROMETHEUS,
  REDIS_SERVER,
  ensureRoot,
  rootFolder,
  rootObstacle,
  rootUser,
};
