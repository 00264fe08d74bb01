/**
 * `npm run audit`: fails if a production package has a known vulnerability of severity high or critical. If the registry is
 * unavailable, it reports that and passes.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditOutcome } from './audit-outcome.mjs';
import { npmCommand } from './ensure-install.mjs';

const CHECKOUT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 64 * 2 ** 20;

const [command, prefix] = npmCommand();
const args = [...prefix, 'audit', '--omit=dev', '--audit-level=high', '--json', '--fetch-retries=1'];
const options = { cwd: CHECKOUT, encoding: 'utf8', timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES };
const { stdout } = spawnSync(command, args, options);
const { lines, failed } = auditOutcome(stdout ?? '');
for (const line of lines) console.log(line);
if (failed) process.exitCode = 1;
