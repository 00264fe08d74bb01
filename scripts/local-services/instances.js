/** Private servers for tests that stop, kill or freeze them: the same programs as the shared ones, own data and port. */
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

/** The name of a private server: its owner stands in it, so that no moment exists in which it has none. */
const newName = (kind) => `${kind}-${randomBytes(4).toString('hex')}-${identityOf(process.pid)}`;

const ownerIn = (name) => name.split('-').slice(-2).join('-');

/**
 * Starts a private server. It belongs to this process: should that die without `destroy()`, the next `up` or
 * `down` removes it.
 * @param spec as for `RootServer`; the port stays the same for its whole life. With `inRoot` it is a server of the
 *   Debian root even where containers run: PgBouncer, a replica and its primary have to reach each other.
 * @throws Error if `inRoot` is asked for where no Debian root can be made
 */
async function startInstance(spec) {
  const withPort = { ...spec, port: spec.port ?? (await freePort()) };
  // What Redis takes by itself, 10000 above, lies among the ports of outgoing connections.
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

/** Ends and removes the private servers of this checkout whose owner is gone. */
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
