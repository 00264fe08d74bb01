/**
 * Installs the packages of the lock file if `node_modules` is missing or does not match it. `npm test`, `npm start`
 * and `npm run demo` begin with it, so it needs nothing but Node itself.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const { withLock } = createRequire(import.meta.url)('./local-services/file-lock.js');

const CHECKOUT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const MODULES = path.join(CHECKOUT, 'node_modules');
const LOCK_FILE = path.join(CHECKOUT, 'package-lock.json');
/** Contains the {@link wantedStamp} of the latest installation. */
const STAMP_FILE = path.join(MODULES, '.evergreen-install');

/** Changes when other packages are needed: another lock file, another platform. */
function wantedStamp() {
  const lock = createHash('sha256').update(fs.readFileSync(LOCK_FILE)).digest('hex');
  return `${lock} ${process.platform} ${process.arch}\n`;
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whether a package's `os` or `cpu` list (names, or `!name`) includes this machine's value. */
function admits(list, value) {
  if (!list?.length) return true;
  const excludes = list.every((entry) => entry.startsWith('!'));
  return excludes ? !list.includes(`!${value}`) : list.includes(value);
}

/**
 * Whether a manual `npm install` has installed exactly the packages of the lock file: npm writes the result to
 * `node_modules/.package-lock.json` as its last step.
 */
function isInstalledByHand() {
  const installedText = readText(path.join(MODULES, '.package-lock.json'));
  if (installedText === undefined) return false;
  const installed = JSON.parse(installedText).packages;
  const wanted = JSON.parse(fs.readFileSync(LOCK_FILE, 'utf8')).packages;
  delete wanted['']; // The project itself.
  const isSame = ([name, entry]) => {
    const fitsMachine = admits(entry.os, process.platform) && admits(entry.cpu, process.arch);
    return (
      fitsMachine && wanted[name]?.version === entry.version && wanted[name]?.integrity === entry.integrity
    );
  };
  const isComplete = Object.entries(wanted).every(([name, entry]) => entry.optional || name in installed);
  return isComplete && Object.entries(installed).every(isSame);
}

/** Whether `node_modules` matches the lock file. */
function isUpToDate() {
  const wanted = wantedStamp();
  if (readText(STAMP_FILE) === wanted) return true;
  if (!isInstalledByHand()) return false;
  fs.writeFileSync(STAMP_FILE, wanted);
  return true;
}

/** Command and first arguments of npm: of the npm that runs this script, if any, because PATH may name another. */
export function npmCommand() {
  const running = process.env.npm_execpath;
  if (running && path.basename(running) === 'npm-cli.js') return [process.execPath, [running]];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
}

/**
 * Runs `npm ci`. Install scripts are off: every package contains its binaries, and some scripts would download more.
 * Development packages are installed whatever NODE_ENV is, because the service is built from source.
 */
function install() {
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_(lifecycle|package)_/i.test(name));
  const env = Object.fromEntries(inherited);
  if (!env.HOME && process.platform !== 'win32')
    env.npm_config_cache ??= path.join(os.tmpdir(), 'evergreen-npm-cache');
  const [command, prefix] = npmCommand();
  const options = ['--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  // npm's output goes to stderr: stdout belongs to the command that needs the packages.
  const result = spawnSync(command, [...prefix, 'ci', ...options], {
    cwd: CHECKOUT,
    env,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) {
    throw new Error(
      `npm ci failed (${result.error?.message ?? result.signal ?? `exit code ${result.status}`})`,
    );
  }
  fs.writeFileSync(STAMP_FILE, wantedStamp());
}

/**
 * Installs if needed; of several concurrent processes one installs and the others wait.
 * @returns whether it installed
 * @throws Error if `npm ci` fails
 */
export async function ensureInstall() {
  if (isUpToDate()) return false;
  fs.mkdirSync(path.join(CHECKOUT, '.cache'), { recursive: true });
  return withLock(path.join(CHECKOUT, '.cache', 'install.lock'), () => {
    if (isUpToDate()) return false;
    process.stderr.write('Installing the packages of package-lock.json …\n');
    install();
    return true;
  });
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await ensureInstall();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
