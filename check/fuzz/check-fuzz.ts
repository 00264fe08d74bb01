import { parseArgs } from 'node:util';
import { type FuzzResult, FuzzRun } from './fuzz-run';
import { startFuzzedService } from './fuzzed-service';

/** Shown by `--help` and after a wrong argument. */
export const USAGE = `npm run check:fuzz -- [--requests N] [--seed N] [--backend real|embedded] [--json]

Sends malformed and hostile requests and damaged files; fails on undocumented responses, slow ones and memory leaks.`;

/**
 * `npm run check:fuzz`: generates malformed and hostile requests from the service's OpenAPI document, damages files of every format,
 * and reports responses that the document does not promise.
 * @returns the exit code: 0 only if there was none and memory did not grow
 */
export async function checkFuzz(argv: readonly string[]): Promise<number> {
  const { seed, requests, backend: kind, json } = parse(argv);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const startedAt = performance.now();
  process.env.EVERGREEN_TEST_BACKEND = kind;
  const { service, backend } = await startFuzzedService();
  let result: FuzzResult;
  try {
    result = await new FuzzRun(service, { seed, requests, say }).run();
  } finally {
    await backend.destroy();
  }
  const summary = { ...result, seed, seconds: Math.round((performance.now() - startedAt) / 1000) };
  process.stdout.write(`${json ? JSON.stringify(summary) : JSON.stringify(summary, null, 2)}\n`);
  const faults = Object.values(result.faults).reduce((sum, count) => sum + count, 0);
  return faults === 0 && result.memory.back ? 0 : 1;
}

function parse(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      requests: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      backend: { type: 'string', default: 'real' },
      json: { type: 'boolean', default: false },
    },
  });
  const [seed, requests] = [Number(values.seed), Number(values.requests)];
  if (!Number.isInteger(seed) || !Number.isInteger(requests) || requests < 1)
    throw new Error(`--seed and --requests must be integers\n${USAGE}`);
  if (values.backend !== 'real' && values.backend !== 'embedded')
    throw new Error(`--backend must be real or embedded\n${USAGE}`);
  return { seed, requests, backend: values.backend, json: values.json };
}
