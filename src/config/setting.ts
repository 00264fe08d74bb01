import 'reflect-metadata';
import { Expose, Transform } from 'class-transformer';

/** What `docs/configuration.md` says of one environment variable. */
export interface SettingDefinition {
  name: string;
  default: string | number | boolean | string[] | null;
  description: string;
}

const SETTINGS = Symbol('settings');

/**
 * Marks a property of the environment class as a setting. The raw string becomes the type of the default:
 * numbers, booleans (`true|false|1|0`) and comma-separated lists are parsed; what does not parse is left as
 * it is, so that the validator beside it names the problem. An empty string counts as not set.
 */
export function Setting(
  description: string,
  options: { default?: SettingDefinition['default']; type?: 'string' | 'number' | 'boolean' | 'list' } = {},
): PropertyDecorator {
  const fallback = options.default ?? null;
  const type = options.type ?? typeOf(fallback);
  return (target, property) => {
    const definitions: SettingDefinition[] = Reflect.getOwnMetadata(SETTINGS, target) ?? [];
    definitions.push({ name: String(property), default: fallback, description });
    Reflect.defineMetadata(SETTINGS, definitions, target);
    Expose()(target, property);
    Transform(({ value }) => parse(value, type, fallback))(target, property);
  };
}

/** Every setting of an environment class in the order of its source, then those of the class that it extends. */
export function settingsOf({ prototype }: { prototype: object }): SettingDefinition[] {
  const settings: SettingDefinition[] = [];
  for (
    let owner: object | null = prototype;
    owner !== null;
    owner = Object.getPrototypeOf(owner) as object | null
  )
    settings.push(...((Reflect.getOwnMetadata(SETTINGS, owner) as SettingDefinition[] | undefined) ?? []));
  return settings;
}

function typeOf(value: SettingDefinition['default']): 'string' | 'number' | 'boolean' | 'list' {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'string';
}

function parse(raw: unknown, type: string, fallback: SettingDefinition['default']): unknown {
  if (raw === undefined || raw === '') return fallback ?? undefined;
  const text = String(raw).trim();
  if (type === 'list')
    return text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  if (type === 'number') return /^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
  if (type === 'boolean') return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : text;
  return text;
}
