import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { ConfigError } from '../src/config/app-config';
import { answersEvaluation } from './answers';
import { attacksEvaluation } from './attacks';
import { attributesEvaluation } from './attributes';
import { cacheEvaluation } from './cache';
import { chunkingEvaluation } from './chunking';
import { type Evaluation, EvaluationInputError, type Flags } from './evaluation';
import { evidenceEvaluation } from './evidence';
import { reingestEvaluation } from './reingest';
import { retrievalEvaluation } from './retrieval';
import { routingEvaluation } from './routing';
import { verifierEvaluation } from './verifier';
import { workloadEvaluation } from './workload';

const EVALUATIONS: Readonly<Record<string, Evaluation>> = {
  retrieval: retrievalEvaluation,
  answers: answersEvaluation,
  cache: cacheEvaluation,
  workload: workloadEvaluation,
  evidence: evidenceEvaluation,
  attributes: attributesEvaluation,
  attacks: attacksEvaluation,
  chunking: chunkingEvaluation,
  reingest: reingestEvaluation,
  routing: routingEvaluation,
  verifier: verifierEvaluation,
};

/** `npm run eval -- NAME …`: measures the service on a data set and prints a table, or with `--json` JSON alone. */
async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === '--help') return void process.stdout.write(usage());
  const evaluation = Object.hasOwn(EVALUATIONS, name) ? EVALUATIONS[name] : undefined;
  if (!evaluation) throw new EvaluationInputError(`there is no evaluation "${name}"\n\n${usage()}`);
  const flags = parse(name, evaluation, args);
  const { json, text } = await evaluation.run(flags, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(flags.json ? `${JSON.stringify(json)}\n` : text);
}

function parse(name: string, evaluation: Evaluation, args: string[]) {
  const definitions = Object.entries(evaluation.flags).map(
    ([flag, { type, multiple = false }]) => [flag, { type, multiple }] as const,
  );
  const wrong = (problem: string) => new EvaluationInputError(`${problem}\n\n${usageOf(name, evaluation)}`);
  try {
    const options = { ...Object.fromEntries(definitions), json: { type: 'boolean' as const } };
    const { values }: { values: Flags } = parseArgs({ args, options, strict: true, allowPositionals: false });
    const missing = Object.entries(evaluation.flags).find(
      ([flag, { required }]) => required && !values[flag],
    );
    if (missing) throw wrong(`--${missing[0]} ${missing[1].value ?? ''} is missing`);
    return values;
  } catch (error) {
    throw error instanceof EvaluationInputError ? error : wrong((error as Error).message);
  }
}

function usage(): string {
  const lines = Object.entries(EVALUATIONS).map(([name, evaluation]) => usageOf(name, evaluation));
  return `npm run eval -- NAME …\n\n${lines.join('\n')}`;
}

function usageOf(name: string, { summary, flags }: Evaluation): string {
  const shown = Object.entries(flags).map(([flag, { value, required }]) => {
    const text = value === undefined ? `--${flag}` : `--${flag} ${value}`;
    return required ? text : `[${text}]`;
  });
  return `  ${[name, ...shown, '[--json]'].join(' ')}\n      ${summary}\n`;
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    const expected = error instanceof EvaluationInputError || error instanceof ConfigError;
    process.stderr.write(`${expected ? error.message : ((error as Error)?.stack ?? String(error))}\n`);
    process.exit(
      error instanceof EvaluationInputError ? 2 : error instanceof ConfigError ? ConfigError.exitCode : 1,
    );
  },
);
