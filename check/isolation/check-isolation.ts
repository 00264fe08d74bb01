import path from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKOUT } from '../../test/support/services';
import { Deployment } from '../coherence/deployment';
import { type IsolationOptions, IsolationRun, type IsolationResult, tenantsOf } from './isolation-run';
import type { Leak } from './judged-requests';
import { UserTokens } from './user-tokens';

/** Shown by `--help` and after a wrong argument. */
export const USAGE = `npm run check:isolation -- [--seed N] [--steps N] [--plant FAULT] [--json]

Lets clients of several tenants try to read what they may not; fails if one succeeds.`;
const SHOWN_LEAKS = 20;

/** Faults of the service, to see that the check finds them: each is a file in `preload`; `leak` is all of them and more. */
export const FAULTS = ['leak', 'narrowing', 'erasure', 'delegation'] as const;
export type Fault = (typeof FAULTS)[number];

/** Starts the service as two API processes and a worker on real servers; clients try to read what they may not. */
export async function runIsolation({
  plant,
  ...options
}: IsolationOptions & { plant?: Fault }): Promise<IsolationResult> {
  const tokens = await UserTokens.start(tenantsOf(options));
  try {
    return await runWith(tokens, plant, options);
  } finally {
    await tokens.stop();
  }
}

async function runWith(tokens: UserTokens, plant: Fault | undefined, options: IsolationOptions) {
  const deployment = await Deployment.start({
    preloads: plant ? [path.join(CHECKOUT, 'check', 'isolation', 'preload', `${plant}.cjs`)] : [],
    settings: {
      ...tokens.settings,
      KEY_REQUESTS_PER_MINUTE: '0',
      FAILED_LOGINS_PER_MINUTE: '0',
      // Versions fail if the model server does not know their text.
      INGEST_URL_ALLOW_HOSTS: '127.0.0.1',
    },
  });
  try {
    return await new IsolationRun(deployment, tokens, options).run();
  } finally {
    await deployment.destroy();
  }
}

/**
 * `npm run check:isolation`: reports whether a response showed something that its caller may not read.
 * @returns the exit code: 0 only without leaks
 */
export async function checkIsolation(argv: readonly string[]): Promise<number> {
  const { json, ...options } = parse(argv);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const startedAt = performance.now();
  const onProgress = (done: number) => say(`${done} of ${options.steps} steps`);
  let shown = 0;
  const onLeak = ({ kind, request, detail }: Leak) => {
    if (shown++ < SHOWN_LEAKS) say(`${kind}: ${request}: ${detail}`);
  };
  const result = await runIsolation({ ...options, onProgress, onLeak });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const summary = { ...result, leaks: result.leaks.length, seed: options.seed, seconds };
  process.stdout.write(`${JSON.stringify(summary, null, json ? 0 : 2)}\n`);
  return result.leaks.length === 0 && result.steps === options.steps ? 0 : 1;
}

function parse(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string', default: '1' },
      steps: { type: 'string', default: '2000' },
      plant: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [seed, steps] = [Number(values.seed), Number(values.steps)];
  if (!Number.isInteger(seed) || !Number.isInteger(steps) || steps < 1)
    throw new Error(`--seed and --steps must be integers\n${USAGE}`);
  const plant = FAULTS.find((fault) => fault === values.plant);
  if (values.plant !== undefined && plant === undefined)
    throw new Error(`--plant must be one of ${FAULTS.join(', ')}\n${USAGE}`);
  return { seed, steps, plant, json: values.json };
}
