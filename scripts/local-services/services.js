/** Starts, stops and reports the three servers that the commands of a checkout share. */
const fs = require('node:fs');
const path = require('node:path');
const { chooseBackend, forgetBackend, recordBackend } = require('./backend');
const { ensureRoot, rootFolder } = require('./debian-root');
const { composeDown, composeStatus, composeUp } = require('./engine');
const { withLock } = require('./file-lock');
const { CHECKOUT_KEY, stateFolder } = require('./paths');
const { removeOrphanInstances } = require('./instances');
const { identityOf, isRunning } = require('./processes');
const { RootServer } = require('./root-server');
const { SHARED_SERVERS } = require('./server-settings');

function rootServers() {
  const root = rootFolder();
  return SHARED_SERVERS.map((spec) => {
    const server = new RootServer(root, path.join(root, 'srv', 'evergreen', CHECKOUT_KEY, spec.name), spec);
    return { name: spec.name, variable: spec.variable, server };
  });
}

async function rootStatus() {
  return Promise.all(
    rootServers().map(async ({ name, variable, server }) => {
      const { port, url, pid } = server;
      return { name, variable, port, url, pid, isUp: await server.isUp() };
    }),
  );
}

/**
 * Returns `{backend, isUp, environment: {DATABASE_URL?, …}, servers: [{name, variable, url?, port?, pid?, isUp}]}`;
 * changes nothing.
 * @throws Error if no backend is available
 */
async function status() {
  const backend = chooseBackend();
  const servers = backend === 'engine' ? await composeStatus() : await rootStatus();
  const environment = Object.fromEntries(servers.map(({ variable, url }) => [variable, url]));
  return { backend, isUp: servers.every((server) => server.isUp), environment, servers };
}

/** Whether the servers are in use: by a plain `up`, or by a running process with a lease. */
function isWanted(state) {
  if (fs.existsSync(path.join(state, 'keep'))) return true;
  const leases = path.join(state, 'leases');
  for (const identity of fs.readdirSync(leases))
    if (!isRunning(identity)) fs.rmSync(path.join(leases, identity));
  return fs.readdirSync(leases).length > 0;
}

/**
 * Starts servers that are down, checks the others, and returns {@link status}.
 * @param options.lease pid of the process that needs the servers and will call {@link down} with it; without it
 *   they run until a plain `down`
 * @param options.report receives one line per step
 */
async function up({ lease, report = () => {} } = {}) {
  const backend = chooseBackend();
  const state = stateFolder();
  return withLock(path.join(state, 'lock'), async () => {
    fs.writeFileSync(path.join(state, lease ? path.join('leases', identityOf(lease)) : 'keep'), '');
    recordBackend(backend);
    if (backend === 'root') await ensureRoot(report);
    await removeOrphanInstances(backend);
    if (backend === 'engine') await composeUp();
    else await Promise.all(rootServers().map(({ server }) => server.start()));
    return status();
  });
}

/**
 * Stops the servers of this checkout, and nothing else. Data stays unless `purge` is set.
 * @param options.lease releases the lease of {@link up}: the servers keep running while other processes use them
 * @returns whether they were stopped
 */
async function down({ lease, purge = false } = {}) {
  const backend = chooseBackend();
  const state = stateFolder();
  return withLock(path.join(state, 'lock'), async () => {
    if (lease) {
      fs.rmSync(path.join(state, 'leases', identityOf(lease)), { force: true });
      if (isWanted(state)) return false;
    }
    await removeOrphanInstances(backend);
    if (backend === 'engine') composeDown(purge);
    else await Promise.all(rootServers().map(({ server }) => (purge ? server.destroy() : server.stop())));
    fs.rmSync(path.join(state, 'keep'), { force: true });
    forgetBackend();
    return true;
  });
}

module.exports = { down, status, up };
