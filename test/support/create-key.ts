import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHECKOUT } from './services';

/** Runs what `npm run key:create` runs. @param more other arguments of it @returns the key, which is shown once */
export async function createKey(
  env: Record<string, string>,
  tenant: string,
  scopes: string,
  ...more: string[]
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(CHECKOUT, 'dist/src/auth/create-key.js'), '--tenant', tenant, '--scopes', scopes, ...more],
    { env: { PATH: process.env.PATH, ...env } },
  );
  return /eg_[\w-]+/.exec(stdout)![0];
}
