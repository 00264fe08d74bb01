/** Values of the flags of one evaluation, as `node:util` parses them. */
export type Flags = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** A flag that an evaluation takes besides `--json`; the shape of `node:util`'s `parseArgs`. */
export interface FlagDefinition {
  type: 'string' | 'boolean';
  multiple?: boolean;
  /** What the usage shows for the value, e.g. `DIR`. */
  value?: string;
  required?: boolean;
}

/** What an evaluation measured. */
export interface EvaluationResult {
  /** What `--json` prints. */
  json: unknown;
  /** What is printed without it. */
  text: string;
}

/** One subject of `npm run eval -- NAME`. */
export interface Evaluation {
  /** One line for the usage. */
  readonly summary: string;
  readonly flags: Readonly<Record<string, FlagDefinition>>;
  /** @param progress tells a person how far it is; on stderr, never on stdout */
  run(flags: Flags, progress: (line: string) => void): Promise<EvaluationResult>;
}

/** A mistake of the caller: wrong arguments, missing or malformed data. Its message is all that is shown. */
export class EvaluationInputError extends Error {}

/** The value of a flag that takes one. @throws EvaluationInputError if it is missing */
export function requiredText(flags: Flags, name: string): string {
  const value = flags[name];
  if (typeof value !== 'string' || value === '') throw new EvaluationInputError(`--${name} is missing`);
  return value;
}

/** The value of a flag that takes one of some words. @returns the first where it was not given */
export function choiceOf<T extends string>(flags: Flags, name: string, choices: readonly T[]): T {
  const value = flags[name] ?? choices[0];
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) throw new EvaluationInputError(`--${name} must be one of ${choices.join(', ')}`);
  return chosen;
}

/** The value of a flag that takes a whole number from 1. @returns `otherwise` where it was not given */
export function wholeOf(flags: Flags, name: string, otherwise: number): number {
  const value = flags[name];
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new EvaluationInputError(`--${name} must be a whole number from 1`);
  return number;
}

/** The value of a flag that takes a number from 0 to 1. @returns null where it was not given */
export function shareOf(flags: Flags, name: string): number | null {
  const value = flags[name];
  if (value === undefined) return null;
  const number = Number(value);
  if (value === '' || !(number >= 0 && number <= 1))
    throw new EvaluationInputError(`--${name} must be a number from 0 to 1`);
  return number;
}
