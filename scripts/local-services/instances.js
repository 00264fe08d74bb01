/** Private servers for tests that stop, kill or freeze them: the programs of the shared servers, with separate data and port. */
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { ContainerServer, removeContainers } = require('./container-server');
const { chooseBackend } = require('./backend');
const { ensureRoot, rootFolder, rootObstacle } = require('./debian-root');
const { CHECKOUT_KEY } = require('./paths');
const { freePort } = require('./ports');
const { identityOf, isRunning } = require('./processes');
const { RootServer } = require('./root-server');

const instancesFolder = () => path.join(rootFolder(), 'srv', 'evergreen', CHECKOUT_KEY, 'instances');

/** The name of a private server. It contains the owner, so a server never exists without one. */
const newName = (kind) => `${kind}-${randomBytes(4).toString('hex')}-${identityOf(process.pid)}`;

const ownerIn = (name) => name.split('-').slice(-2).join('-');

/**
 * Starts a private server, which belongs to this process: if the process dies without `destroy()`, the next `up` or `down`
 * removes the server.
 * @param spec as for `RootServer`; the port stays the same for its whole life. With `inRoot` it is a server of the
 *   Debian root even if an engine is available: PgBouncer, a replica and its primary must reach each other.
 * @throws Error if `inRoot` is set and no Debian root can be created
 */
async function startInstance(spec) {
  const withPort = { ...spec, port: spec.port ?? (await freePort()) };
  // Redis' default, 10000 above, is in the range of ports of outgoing connections.
  if (spec.cluster) withPort.clusterPort = await freePort();
  const name = newName(spec.kind);
  const server = wantsContainer(spec) ? new ContainerServer(name, withPort) : await inRoot(name, withPort);
  try {
    await server.start();
  } catch (error) {
    await server.destroy();
    throw error;
  }
  return server;
}

function wantsContainer(spec) {
  if (!spec.inRoot) return chooseBackend() === 'engine';
  const obstacle = rootObstacle();
  if (obstacle !== undefined) throw new Error(`this ${spec.kind} needs root on Debian (now: ${obstacle})`);
  return false;
}

async function inRoot(name, spec) {
  await ensureRoot(() => {});
  return new RootServer(rootFolder(), path.join(instancesFolder(), name), spec);
}

/** Stops and removes the private servers of this checkout whose owner process has ended. */
async function removeOrphanInstances(backend) {
  const isOrphan = (name) => !isRunning(ownerIn(name));
  if (backend === 'engine') removeContainers(isOrphan);
  if (!fs.existsSync(instancesFolder())) return;
  for (const name of fs.readdirSync(instancesFolder()).filter(isOrphan)) {
    await new RootServer(rootFolder(), path.join(instancesFolder(), name), {
      kind: name.split('-')[0],
    }).destroy();
  }
}

module.exports = { removeOrphanInstances, startInstance };
