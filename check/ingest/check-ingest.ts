import { parseArgs } from 'node:util';
import { Deployment } from '../coherence/deployment';
import { type IngestResult, IngestRun } from './ingest-run';

/** Shown by `--help` and after a wrong argument. */
export const USAGE = `npm run check:ingest -- [--documents N] [--seed N] [--faults on|off] [--json]

Sends, changes and deletes documents while servers fail; fails if one is lost, duplicated or embedded twice without cause.`;

/**
 * `npm run check:ingest`: starts the service as two API processes and two workers. Clients send, change and delete documents while
 * workers, Redis and Postgres are killed and Postgres is frozen; then the state of every document is checked.
 * @returns the exit code: 0 only if nothing was lost, duplicated, left over or embedded twice without cause
 */
export async function checkIngest(argv: readonly string[]): Promise<number> {
  const { seed, documents, faults, json } = parse(argv);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const startedAt = performance.now();
  const deployment = await Deployment.start({ workers: 2, ownPostgres: true });
  let result: IngestResult;
  try {
    result = await new IngestRun(deployment, { seed, documents, faults, say }).run();
  } finally {
    await deployment.destroy();
  }
  const summary = { ...result, seed, seconds: Math.round((performance.now() - startedAt) / 1000) };
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : table(summary));
  const { lost, duplicated, orphans, embeddedTwice } = result;
  return lost + duplicated + orphans + embeddedTwice === 0 ? 0 : 1;
}

function parse(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string', default: '1' },
      documents: { type: 'string', default: '2000' },
      faults: { type: 'string', default: 'on' },
      json: { type: 'boolean', default: false },
    },
  });
  const [seed, documents] = [Number(values.seed), Number(values.documents)];
  if (!Number.isInteger(seed) || !Number.isInteger(documents) || documents < 1)
    throw new Error(`--seed and --documents must be integers\n${USAGE}`);
  if (values.faults !== 'on' && values.faults !== 'off')
    throw new Error(`--faults must be on or off\n${USAGE}`);
  return { seed, documents, faults: values.faults === 'on', json: values.json };
}

function table(summary: object): string {
  return Object.entries(summary)
    .map(
      ([name, value]) => `${name.padEnd(20)}${typeof value === 'object' ? JSON.stringify(value) : value}\n`,
    )
    .join('');
}
