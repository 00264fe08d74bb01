/**
 * Checks that `npm ci` will accept the lock file on every platform: each package that another one names as optional
 * (binaries for other machines, mostly) must be in it. npm leaves one out, silently, if the registry did not have it
 * at the time of `npm install`, and then refuses the lock file as out of step. The remedy is to pin the package that
 * names it to a release all of whose binaries are published.
 */
import fs from 'node:fs';

const { packages } = JSON.parse(fs.readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));

/** Whether a package at `from` finds `name` in its own `node_modules` or in one further up. */
function isLocked(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('node_modules/') - 1, 0))) {
    if (`${folder ? `${folder}/` : ''}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}

const missing = Object.entries(packages).flatMap(([location, entry]) =>
  Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => !isLocked(location, name))
    .map((name) => `${location || 'package.json'} names ${name}`),
);
for (const line of missing) console.error(`package-lock.json is incomplete: ${line}, which it does not hold`);
process.exitCode = missing.length === 0 ? 0 : 1;
