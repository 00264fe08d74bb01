import { parseArgs } from 'node:util';
import { CoherenceRun, type CoherenceResult } from './coherence-run';
import { Deployment } from './deployment';

/** Shown by `--help` and after a wrong argument. */
export const USAGE = `npm run check:coherence -- [--seed N] [--ops N] [--faults on|off] [--json]

Asks and changes documents while servers fail; fails if an outdated answer is served.`;
const SHOWN_VIOLATIONS = 20;

/**
 * `npm run check:coherence`: starts the service as two API processes and a worker on real servers. Clients ask questions and
 * change documents, with or without faults; reports whether an outdated answer was served.
 * @returns the exit code: 0 only without violations
 */
export async function checkCoherence(argv: readonly string[]): Promise<number> {
  const { seed, operations, faults, json } = parse(argv);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const startedAt = performance.now();
  const deployment = await Deployment.start();
  let result: CoherenceResult;
  try {
    const onProgress = (done: number) => say(`${done} of ${operations} operations`);
    result = await new CoherenceRun(deployment, { seed, operations, faults, onProgress }).run();
  } finally {
    await deployment.destroy();
  }
  for (const { kind, question, cache, detail } of result.violations.slice(0, SHOWN_VIOLATIONS))
    say(`${kind}: "${question}" (${cache}): ${detail}`);
  const summary = {
    ...result,
    violations: result.violations.length,
    seed,
    seconds: Math.round((performance.now() - startedAt) / 1000),
  };
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : table(summary));
  return result.violations.length === 0 && result.operations === operations ? 0 : 1;
}

function parse(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string', default: '1' },
      ops: { type: 'string', default: '2000' },
      faults: { type: 'string', default: 'on' },
      json: { type: 'boolean', default: false },
    },
  });
  const [seed, operations] = [Number(values.seed), Number(values.ops)];
  if (!Number.isInteger(seed) || !Number.isInteger(operations) || operations < 1)
    throw new Error(`--seed and --ops must be integers\n${USAGE}`);
  if (values.faults !== 'on' && values.faults !== 'off')
    throw new Error(`--faults must be on or off\n${USAGE}`);
  return { seed, operations, faults: values.faults === 'on', json: values.json };
}

function table(summary: object): string {
  return Object.entries(summary)
    .map(
      ([name, value]) => `${name.padEnd(16)}${typeof value === 'object' ? JSON.stringify(value) : value}\n`,
    )
    .join('');
}
