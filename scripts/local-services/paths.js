/** Folders of the local services, outside the checkout, so that checkouts share them. */
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** The real path of this checkout; its hash keys data, ports and containers, so a copied checkout has its own. */
const CHECKOUT = fs.realpathSync(path.join(__dirname, '..', '..'));
const CHECKOUT_KEY = createHash('sha256').update(CHECKOUT).digest('hex').slice(0, 12);

/** Whether a folder can hold the base folder: an existing, writable directory that is not the file system's root. */
function isUsableHome(folder) {
  if (!folder || !path.isAbsolute(folder) || path.resolve(folder) === '/') return false;
  try {
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    return fs.statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

/**
 * `$XDG_CACHE_HOME/evergreen`, else `$HOME/.cache/evergreen`; without a home folder `/var/cache/evergreen`, or
 * else the temporary folder. Created if missing; symbolic links resolved, as `/proc` shows them.
 */
function baseFolder() {
  const xdg = process.env.XDG_CACHE_HOME;
  const home = process.env.HOME;
  let parent;
  if (xdg && path.isAbsolute(xdg)) parent = xdg;
  else if (isUsableHome(home)) parent = path.join(home, '.cache');
  else if (isUsableHome('/var/cache')) parent = '/var/cache';
  else parent = path.join(os.tmpdir(), `cache-of-${os.userInfo().uid}`);
  const base = path.join(parent, 'evergreen');
  fs.mkdirSync(base, { recursive: true });
  return fs.realpathSync(base);
}

/** State of this checkout's services: ports, leases, the lock. Created if missing. */
function stateFolder() {
  const folder = path.join(baseFolder(), 'checkouts', CHECKOUT_KEY);
  fs.mkdirSync(path.join(folder, 'leases'), { recursive: true });
  return folder;
}

module.exports = { CHECKOUT, CHECKOUT_KEY, baseFolder, stateFolder };
