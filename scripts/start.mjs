/** `npm start`: installs and builds if needed, then runs the service until a signal ends it. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuild } from './ensure-build.mjs';
import { ensureInstall } from './ensure-install.mjs';

const CHECKOUT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

await ensureInstall();
await ensureBuild();
const main = path.join(CHECKOUT, 'dist', 'src', 'main.js');
const child = spawn(process.execPath, ['--enable-source-maps', main], { cwd: CHECKOUT, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
