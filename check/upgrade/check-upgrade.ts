import { parseArgs } from 'node:util';
import { UpgradeDeployment } from './upgrade-deployment';
import { UpgradeRun, type UpgradeResult } from './upgrade-run';

/** Shown by `--help` and after a wrong argument. */
export const USAGE = `npm run check:upgrade -- [--chunks N] [--rate REQUESTS_PER_SECOND] [--calm SECONDS] [--faults on|off] [--json]

Changes the embedding model and back under load; fails if a request fails or an answer mixes two models.`;
const STAGES = ['backfill', 'index', 'compare', 'answers', 'drop'];

/**
 * `npm run check:upgrade`: starts the service as two API processes and a worker on real servers, sends questions at a constant rate,
 * and changes the embedding space from 512 to 3,072 dimensions and back. The worker is killed in every stage, and each API
 * process is restarted once.
 * @returns the exit code: 0 only if no request failed, no answer mixed two spaces and no reader waited for a lock
 */
export async function checkUpgrade(argv: readonly string[]): Promise<number> {
  const { json, ...options } = parse(argv);
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  const say = (line: string) => process.stderr.write(`${String(seconds()).padStart(4)} s  ${line}\n`);
  const deployment = await UpgradeDeployment.start();
  let result: UpgradeResult;
  try {
    result = await new UpgradeRun(deployment, { ...options, onEvent: say }).run();
  } finally {
    await deployment.destroy();
  }
  const { failures, ...figures } = result;
  for (const failure of failures) say(failure);
  const summary = { ...figures, seconds: seconds() };
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : table(summary));
  const isClean = result.failed === 0 && result.mixed === 0 && result.lockWaits.readers === 0;
  const isComplete = !options.faults || STAGES.every((stage) => result.killedIn[stage] > 0);
  return isClean && isComplete ? 0 : 1;
}

function parse(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      chunks: { type: 'string', default: '1500' },
      rate: { type: 'string', default: '20' },
      faults: { type: 'string', default: 'on' },
      calm: { type: 'string', default: '15' },
      json: { type: 'boolean', default: false },
    },
  });
  const [chunks, rate, calmSeconds] = [Number(values.chunks), Number(values.rate), Number(values.calm)];
  if (!Number.isInteger(chunks) || chunks < 1 || !(rate > 0) || !(calmSeconds > 0))
    throw new Error(`--chunks, --rate and --calm must be positive numbers\n${USAGE}`);
  if (values.faults !== 'on' && values.faults !== 'off')
    throw new Error(`--faults must be on or off\n${USAGE}`);
  return { chunks, rate, calmSeconds, faults: values.faults === 'on', json: values.json };
}

function table(summary: object): string {
  return Object.entries(summary)
    .map(
      ([name, value]) => `${name.padEnd(16)}${typeof value === 'object' ? JSON.stringify(value) : value}\n`,
    )
    .join('');
}
