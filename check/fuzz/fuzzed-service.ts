import path from 'node:path';
import type { Evergreen } from '../../test/support/evergreen';
import { CHECKOUT } from '../../test/support/services';
import { type TestBackend, testBackend } from '../../test/support/test-backend';

const PRELOADS = path.join(CHECKOUT, 'check', 'fuzz', 'preload');
const GARBAGE = path.join(PRELOADS, 'collect-garbage.cjs');

/** Makes the service fail, to test the check itself. */
export const WITH_FAULT = path.join(PRELOADS, 'with-fault.cjs');

/** One process of all roles for a fuzz check, in which every caller has all scopes. */
export async function startFuzzedService(
  preloads: readonly string[] = [],
): Promise<{ service: Evergreen; backend: TestBackend }> {
  const backend = await testBackend();
  try {
    const service = await backend.start({
      NODE_OPTIONS: [GARBAGE, ...preloads].map((file) => `--require=${JSON.stringify(file)}`).join(' '),
      LOG_LEVEL: 'warn',
      // No external services.
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
      INGEST_URL_TIMEOUT_MS: '1000',
      PARSE_TIMEOUT_SECONDS: '5',
    });
    return { service, backend };
  } catch (error) {
    await backend.destroy();
    throw error;
  }
}
