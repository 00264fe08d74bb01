import { parseArgs } from 'node:util';
import {
  CAPACITY_DEFAULTS,
  type CapacityComponent,
  type CapacityInputs,
  type CapacityPlan,
  planCapacity,
} from './capacity-plan';

const flagOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const NAMES = Object.keys(CAPACITY_DEFAULTS) as (keyof CapacityInputs)[];
const USAGE = `Usage: npm run capacity -- [--json] [--NAME NUMBER]…

${NAMES.map((name) => `  --${flagOf(name).padEnd(22)} ${CAPACITY_DEFAULTS[name]}`).join('\n')}

Shares and rates are 0 to 1; prices are US dollars per million tokens (models) and per month (CPU, GB). docs/scaling.md
explains the options and the measured figures.`;

/** `npm run capacity`: estimates what a deployment needs and costs, compared with a pipeline without caches. */
function main(args: string[]): void {
  const options = Object.fromEntries(NAMES.map((name) => [flagOf(name), { type: 'string' as const }]));
  const { values } = parseArgs({
    args,
    options: { ...options, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    strict: true,
  });
  const given = values as Record<string, string | boolean | undefined>;
  if (given.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const inputs = { ...CAPACITY_DEFAULTS };
  for (const name of NAMES) {
    const text = given[flagOf(name)];
    if (text !== undefined) inputs[name] = numberOf(flagOf(name), String(text));
  }
  const plan = planCapacity(inputs);
  process.stdout.write(given.json ? `${JSON.stringify({ inputs, ...plan })}\n` : tableOf(plan));
}

/** @throws Error that names the flag */
function numberOf(flag: string, text: string): number {
  const value = Number(text);
  const isShare = /share|rate$/.test(flag);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0 || (isShare && value > 1))
    throw new Error(`--${flag} must be a number ${isShare ? 'from 0 to 1' : 'of at least 0'}, not "${text}"`);
  return value;
}

function tableOf({ peakRate, components, naive, totalUsd, naiveUsd, savedShare }: CapacityPlan): string {
  const cells = ['component', 'replicas', 'CPUs', 'memory GB', 'storage GB', 'US$/month', 'naive US$'];
  const rowOf = (part: CapacityComponent) => [
    part.name,
    String(part.replicas || '–'),
    part.cpus ? part.cpus.toFixed(2) : '–',
    part.memoryGb ? part.memoryGb.toFixed(2) : '–',
    part.storageGb ? part.storageGb.toFixed(0) : '–',
    part.monthlyUsd.toFixed(2),
    naive.find(({ name }) => name === part.name)?.monthlyUsd.toFixed(2) ?? '–',
  ];
  const memoryGb = components.reduce((sum, part) => sum + part.memoryGb, 0);
  const total = ['total', '', '', memoryGb.toFixed(2), '', totalUsd.toFixed(2), naiveUsd.toFixed(2)];
  const rows = [cells, ...components.map(rowOf), total];
  const text = rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(12) : cell.padStart(12))).join(''),
  );
  const saved = `${(100 * savedShare).toFixed(0)} % less than without caches`;
  return `${text.join('\n')}\n\nPeak: ${peakRate.toFixed(1)} questions per second. ${saved}.\n`;
}

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
