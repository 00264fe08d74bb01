/**
 * Checks that `npm ci` will accept the lock file on every platform: it must contain each optional dependency (mostly binaries
 * for other platforms). npm silently omits one that the registry does not have at the time of `npm install`, and later
 * refuses the lock file as out of sync. To fix it, pin the dependent package to a release whose binaries are all published.
 */
import fs from 'node:fs';

const { packages } = JSON.parse(fs.readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));

/** Whether a package at `from` can resolve `name` in its `node_modules` or in one further up. */
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
for (const line of missing) console.error(`package-lock.json is incomplete: ${line}, which is missing`);
process.exitCode = missing.length === 0 ? 0 : 1;
