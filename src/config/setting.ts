/** Environment variables as they come, by name. */
export type RawEnvironment = Readonly<Record<string, string | undefined>>;

/** The text of a variable does not read as its setting; the message goes behind the variable's name. */
class InvalidText extends Error {}

/** One environment variable: how its text becomes a value, and what it is where it is not set. */
export class Setting<T> {
  /**
   * @param name of the variable
   * @param defaultText as it would be written into the environment; null: there is none, and the value is null
   * @param read of the text, or of null
   */
  constructor(
    readonly name: string,
    readonly defaultText: string | null,
    private readonly read: (text: string | null) => T,
  ) {}

  /** The same variable with another value made of it. */
  as<U>(change: (value: T) => U): Setting<U> {
    return new Setting(this.name, this.defaultText, (text) => change(this.read(text)));
  }

  /** An empty variable counts as not set. @throws InvalidText */
  valueIn(env: RawEnvironment): T {
    return this.read(env[this.name]?.trim() || this.defaultText);
  }
}

/** Settings by the names of their values, in groups where they belong together. */
export interface Settings {
  readonly [key: string]: Setting<unknown> | Settings;
}

/** What reading such settings gives. */
export type ValuesOf<S> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : ValuesOf<S[K]>;
};

/** Reads each setting; adds to `problems`, for each that is wrong, a sentence that names variable and remedy. */
export function readSettings<S extends Settings>(
  settings: S,
  env: RawEnvironment,
  problems: string[],
): ValuesOf<S> {
  const read = (setting: Setting<unknown> | Settings): unknown => {
    if (!(setting instanceof Setting)) return readSettings(setting, env, problems);
    try {
      return setting.valueIn(env);
    } catch (error) {
      if (!(error instanceof InvalidText)) throw error;
      problems.push(error.message.replaceAll('$name', setting.name));
    }
  };
  const values = Object.entries(settings).map(([key, setting]) => [key, read(setting)]);
  return Object.fromEntries(values) as ValuesOf<S>;
}

/** The single settings of a tree, in its order. */
export function flatten(settings: Settings): Setting<unknown>[] {
  return Object.values(settings).flatMap((one) => (one instanceof Setting ? [one] : flatten(one)));
}

interface Options<T> {
  /** Without it the value is null where the variable is not set. */
  default?: T;
}

interface NumberOptions extends Options<number> {
  min?: number;
  max?: number;
  /** How many units of the value make one of the variable, e.g. 1000 for milliseconds from seconds. Default 1. */
  times?: number;
}

interface PatternOptions<T> extends Options<T> {
  pattern?: { test(text: string): boolean };
  /** What must be true of a text that does not match, e.g. `must be a postgres:// URL`. */
  rule?: string;
}

type Value<T, O> = O extends { default: unknown } ? T : T | null;

function setting<T, O extends Options<unknown>>(name: string, options: O, parse: (text: string) => T) {
  const fallback = options.default === undefined ? null : String(options.default);
  return new Setting(name, fallback, (text) => (text === null ? null : parse(text)) as Value<T, O>);
}

/** A whole number from `min` to `max`. */
export function integer<O extends NumberOptions>(name: string, options: O): Setting<Value<number, O>> {
  return setting(name, options, (text) => {
    const value = numberOf(text);
    if (!Number.isInteger(value)) throw new InvalidText('$name must be an integer number');
    return within(value, options);
  });
}

/** A number from `min` to `max`. */
export function number<O extends NumberOptions>(name: string, options: O): Setting<Value<number, O>> {
  return setting(name, options, (text) => {
    const value = numberOf(text);
    if (Number.isNaN(value)) throw new InvalidText('$name must be a number');
    return within(value, options);
  });
}

/** A number from 0 to 1. */
export function share<O extends Options<number>>(name: string, options: O): Setting<Value<number, O>> {
  return number(name, { ...options, min: 0, max: 1 });
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** NaN for what is no decimal number. */
function numberOf(text: string): number {
  return DECIMAL.test(text) ? Number(text) : NaN;
}

function within(value: number, { min = -Infinity, max = Infinity, times = 1 }: NumberOptions): number {
  if (value < min) throw new InvalidText(`$name must not be less than ${min}`);
  if (value > max) throw new InvalidText(`$name must not be greater than ${max}`);
  return value * times;
}

/** `true` or `false`, also `1` or `0`. */
export function flag(name: string, options: { default: boolean }): Setting<boolean> {
  return setting(name, options, (text) => {
    if (!/^(?:true|false|1|0)$/i.test(text)) throw new InvalidText('$name must be a boolean value');
    return /^(?:true|1)$/i.test(text);
  });
}

/** Any text, or one that matches `pattern`. */
export function text<O extends PatternOptions<string>>(name: string, options: O): Setting<Value<string, O>> {
  return setting(name, options, (text) => {
    if (options.pattern?.test(text) === false) throw new InvalidText(`$name ${options.rule}`);
    return text;
  });
}

/** One of several words. */
export function choice<const W extends string, O extends Options<NoInfer<W>>>(
  name: string,
  words: readonly W[],
  options: O,
): Setting<Value<W, O>> {
  return setting(name, options, (text) => {
    const word = words.find((word) => word === text);
    if (word === undefined)
      throw new InvalidText(`$name must be one of the following values: ${words.join(', ')}`);
    return word;
  });
}

/** Texts separated by commas, each of which matches `pattern`; none where it is not set. */
export function list(name: string, options: PatternOptions<string[]>): Setting<string[]> {
  return setting(name, { default: [], ...options }, (text) => {
    const items = text.split(',').map((item) => item.trim());
    const given = items.filter((item) => item !== '');
    if (given.some((item) => options.pattern?.test(item) === false))
      throw new InvalidText(`each value in $name ${options.rule}`);
    return given;
  });
}

/** Words out of several, separated by commas. */
export function choices(name: string, words: readonly string[], options: { default: string[] }) {
  const rule = `must be one of the following values: ${words.join(', ')}`;
  return list(name, { ...options, pattern: { test: (word) => words.includes(word) }, rule });
}

export const HTTP_URL = { pattern: /^https?:\/\//, rule: 'must be an http:// or https:// URL' };
