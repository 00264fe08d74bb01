/**
 * `npm run sbom`: writes the production packages with versions and hashes as CycloneDX to `sbom.cdx.json`, without network
 * access. Fails if a package of the lock file is missing in it or has no hash.
 *
 *   npm run sbom -- --output FILE
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { npmCommand } from './ensure-install.mjs';

const CHECKOUT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const MAX_BYTES = 64 * 2 ** 20;

/**
 * Copies the project without its development dependencies: `npm sbom --omit dev` also omits what they share with production.
 * @returns the folder of its package.json and lock file
 */
function productionManifest() {
  const read = (name) => JSON.parse(fs.readFileSync(path.join(CHECKOUT, name), 'utf8'));
  const [manifest, lock] = [read('package.json'), read('package-lock.json')];
  delete manifest.devDependencies;
  delete manifest.overrides;
  delete lock.packages[''].devDependencies;
  for (const [folder, { dev }] of Object.entries(lock.packages)) if (dev) delete lock.packages[folder];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergreen-sbom-'));
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  fs.writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(lock));
  return { folder, packages: Object.entries(lock.packages) };
}

/** `name@version` of the production packages of all platforms. */
function expectedOf(packages) {
  return packages
    .filter(([folder, { optional, peer, devOptional }]) => folder && !optional && !peer && !devOptional)
    .map(([folder, { version, name }]) => `${name ?? folder.replace(/^.*node_modules\//, '')}@${version}`);
}

const { values } = parseArgs({ options: { output: { type: 'string', default: 'sbom.cdx.json' } } });
const { folder, packages } = productionManifest();
const [command, prefix] = npmCommand();
const args = [...prefix, 'sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
const options = { cwd: folder, encoding: 'utf8', maxBuffer: MAX_BYTES, stdio: ['ignore', 'pipe', 'inherit'] };
let text;
try {
  text = execFileSync(command, args, options);
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
const { components } = JSON.parse(text);
const listed = new Set(components.map(({ 'bom-ref': ref }) => ref));
const missing = expectedOf(packages).filter((name) => !listed.has(name));
const unhashed = components.filter(({ hashes }) => !hashes?.length).map(({ 'bom-ref': ref }) => ref);
fs.writeFileSync(path.resolve(CHECKOUT, values.output), text);
console.log(`${values.output}: ${components.length} packages`);
if (missing.length > 0) console.error(`missing: ${missing.join(', ')}`);
if (unhashed.length > 0) console.error(`without a hash: ${unhashed.join(', ')}`);
if (missing.length > 0 || unhashed.length > 0) process.exitCode = 1;
