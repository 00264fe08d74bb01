import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppConfig } from '../src/config/app-config';

/**
 * Runs with the service's configuration: that of the environment, on a free loopback port, without keys, quiet, and
 * with a `DATA_DIR` that is gone afterwards unless the environment names one.
 * @param settings take the place of those of the environment, which holds them meanwhile: the first migration reads the
 *   embedding model there
 * @throws ConfigError for a wrong environment
 */
export async function withSettings<T>(
  run: (config: AppConfig) => Promise<T>,
  settings: Readonly<Record<string, string>> = {},
): Promise<T> {
  const kept = process.env.DATA_DIR;
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'evergreen-eval-'));
  const environment = process.env;
  try {
    const quiet = { HOST: '127.0.0.1', PORT: '0', AUTH: 'disabled', LOG_LEVEL: 'error' };
    process.env = { ...environment, ...settings };
    return await run(AppConfig.parse({ ...process.env, ...quiet, DATA_DIR: folder }));
  } finally {
    process.env = environment;
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}
