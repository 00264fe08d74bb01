#!/usr/bin/env node
/** `npx evergreen`: the command-line client; builds it first in a checkout. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const CHECKOUT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

if (fs.existsSync(path.join(CHECKOUT, 'src'))) {
  const { ensureBuild } = await import('./ensure-build.mjs');
  await ensureBuild();
}
await import(pathToFileURL(path.join(CHECKOUT, 'dist', 'src', 'cli', 'main.js')).href);
