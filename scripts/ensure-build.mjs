/** Builds `dist` and `models` if they are missing or were made from other sources. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmCommand } from './ensure-install.mjs';
import { runCommand } from './run-command.mjs';

const CHECKOUT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const STAMP = path.join(CHECKOUT, 'dist', '.sources');
const MODELS = path.join(CHECKOUT, 'models');
const SOURCES = [
  'src',
  'migrations',
  'scripts/local-model',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'package-lock.json',
];

/** @throws Error if the build fails */
export async function ensureBuild() {
  const sources = hashOfSources();
  if (fs.existsSync(MODELS) && fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === sources) return;
  const [command, prefix] = npmCommand();
  const { exitCode } = await runCommand(command, [...prefix, 'run', '--silent', 'build'], {
    cwd: CHECKOUT,
    quietStdout: true,
  });
  if (exitCode !== 0) throw new Error('the build failed');
  fs.writeFileSync(STAMP, sources);
}

function hashOfSources() {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const full = path.join(CHECKOUT, source);
    const files = fs.statSync(full).isDirectory()
      ? fs.readdirSync(full, { recursive: true }).map((file) => path.join(full, file))
      : [full];
    for (const file of files.sort())
      if (fs.statSync(file).isFile()) hash.update(`${file}\0`).update(fs.readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensureBuild();
