import { readdirSync, readFileSync } from 'node:fs';
import { EvaluationInputError } from './evaluation';

/** What a field of a line must be; `?` marks one that may be missing. */
export type FieldType = 'string' | 'number' | 'boolean' | 'object' | 'string?';

/**
 * Reads a file of one JSON object per line; blank lines are passed over.
 * @param fields what every line must hold; further fields are allowed
 * @throws EvaluationInputError naming file, line and problem
 */
export function readJsonLines<T>(file: string, fields: Readonly<Record<keyof T & string, FieldType>>): T[] {
  const rows = textOf(file)
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [parseLine<T>(line, fields, `${file}:${i + 1}`)]));
  if (rows.length === 0) throw new EvaluationInputError(`${file} holds no lines`);
  return rows;
}

/** The content of a UTF-8 file. @throws EvaluationInputError if it cannot be read */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EvaluationInputError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Names of a folder's files in order. @throws EvaluationInputError if it cannot be read */
export function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw new EvaluationInputError(`cannot read ${folder}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function parseLine<T>(line: string, fields: Readonly<Record<string, FieldType>>, place: string): T {
  let row: Record<string, unknown> | null;
  try {
    row = JSON.parse(line) as Record<string, unknown> | null;
  } catch {
    throw new EvaluationInputError(`${place}: not JSON`);
  }
  if (row === null || typeof row !== 'object') throw new EvaluationInputError(`${place}: not an object`);
  for (const [name, type] of Object.entries(fields)) {
    const value = row[name];
    const optional = type.endsWith('?');
    if (optional && value === undefined) continue;
    const wanted = optional ? type.slice(0, -1) : type;
    if (value === null || typeof value !== wanted)
      throw new EvaluationInputError(`${place}: "${name}" must be a ${wanted}`);
  }
  return row as T;
}
