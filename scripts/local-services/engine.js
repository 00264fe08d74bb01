/** The container engine, and the three shared servers that it runs from `docker/compose.services.yaml`. */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { CHECKOUT, CHECKOUT_KEY, stateFolder } = require('./paths');
const { answers, freePort } = require('./ports');
const { SHARED_SERVERS, urlOf } = require('./server-settings');

const COMPOSE_FILE = path.join(CHECKOUT, 'docker', 'compose.services.yaml');
const PORT_VARIABLES = {
  postgres: 'EVERGREEN_POSTGRES_PORT',
  'redis-cache': 'EVERGREEN_REDIS_CACHE_PORT',
  'redis-queue': 'EVERGREEN_REDIS_QUEUE_PORT',
};

/** Runs docker. @returns its trimmed output @throws Error with its stderr */
function docker(args, environment = {}) {
  const result = spawnSync('docker', args, { encoding: 'utf8', env: { ...process.env, ...environment } });
  if (result.status !== 0) {
    throw new Error(`docker ${args[0]} failed: ${result.error?.message ?? result.stderr.trim()}`);
  }
  return result.stdout.trim();
}

/** Why no engine can be used, or undefined if one answers and has the compose plugin. */
function engineObstacle() {
  const info = spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 5_000 });
  if (info.error?.code === 'ENOENT') return 'docker is not installed';
  if (info.status !== 0) return 'no engine answers `docker info`';
  const compose = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore', timeout: 5_000 });
  return compose.status === 0 ? undefined : 'docker has no compose plugin';
}

const portsFile = () => path.join(stateFolder(), 'ports.json');

/** The port of each shared server, as chosen on the first start; empty before. */
function readPorts() {
  try {
    return JSON.parse(fs.readFileSync(portsFile(), 'utf8'));
  } catch {
    return {};
  }
}

function compose(ports, args) {
  const environment = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [PORT_VARIABLES[name], String(port)]),
  );
  return docker(
    ['compose', '--file', COMPOSE_FILE, '--project-name', `evergreen-${CHECKOUT_KEY}`, ...args],
    environment,
  );
}

/** Starts servers that are down and waits until all are healthy; chooses new ports if an earlier one is taken. */
async function composeUp() {
  for (let attempt = 1; ; attempt++) {
    const ports = attempt === 1 ? readPorts() : {};
    for (const { name } of SHARED_SERVERS) ports[name] ??= await freePort();
    fs.writeFileSync(portsFile(), JSON.stringify(ports));
    try {
      compose(ports, ['up', '--detach', '--wait']);
      return;
    } catch (error) {
      if (attempt === 3 || !/port|address already in use/i.test(error.message)) throw error;
    }
  }
}

/** Stops and removes the containers; the volumes too if `purge` is set. */
function composeDown(purge) {
  compose(readPorts(), ['down', ...(purge ? ['--volumes'] : [])]);
}

/** State of each shared server: `{name, variable, port, url, isUp}`. */
async function composeStatus() {
  const ports = readPorts();
  return Promise.all(
    SHARED_SERVERS.map(async ({ name, kind, variable }) => {
      const port = ports[name];
      if (port === undefined) return { name, variable, isUp: false };
      return { name, variable, port, url: urlOf(kind, port), isUp: await answers(kind, port) };
    }),
  );
}

module.exports = { composeDown, composeStatus, composeUp, docker, engineObstacle };
