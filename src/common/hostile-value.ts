import { AppError } from './app-error';
import { validationFailed } from './validation-failed';

/** Names that reach the prototype of an object when it is copied carelessly. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** More fields than any object needs; what reads objects further on takes time that grows with their square. */
export const MAX_OBJECT_FIELDS = 1000;

/**
 * Refuses a value (as JSON or a query string gives it) for a part that nothing in the service can take: a key that
 * names a prototype, an object of more than {@link MAX_OBJECT_FIELDS} fields, the character U+0000 or half of a
 * surrogate pair, which Postgres cannot store and no text holds. Walks without recursion, so depth does not matter.
 * @param field names the value itself, where it is no object
 * @throws AppError VALIDATION_FAILED, or UNREADABLE_TEXT for what is no text; both name the part in `details.fields`
 */
export function refuseHostileParts(value: unknown, field: string): void {
  const pending: { value: unknown; path: PathStep | null }[] = [{ value, path: null }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { path } = next;
    const here = () => pathText(path) || field;
    if (typeof next.value === 'string') refuseNoText(next.value, here);
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (Array.isArray(next.value)) {
      next.value.forEach((child: unknown, index) =>
        pending.push({ value: child, path: { parent: path, index } }),
      );
      continue;
    }
    const entries = Object.entries(next.value);
    if (entries.length > MAX_OBJECT_FIELDS)
      throw validationFailed([{ field: here(), problem: `has more than ${MAX_OBJECT_FIELDS} fields` }]);
    for (const [key, child] of entries) {
      const step = { parent: path, key };
      if (FORBIDDEN_KEYS.has(key))
        throw validationFailed([
          { field: pathText(step), problem: 'is a name that is not accepted anywhere' },
        ]);
      refuseNoText(key, here);
      pending.push({ value: child, path: step });
    }
  }
}

/** What is wrong with a string that is to be text; null for nothing. */
export function problemOfText(text: string): string | null {
  if (text.includes('\0')) return 'holds the character U+0000, which is not text';
  return text.isWellFormed() ? null : 'holds half of a surrogate pair, which is not text';
}

function refuseNoText(text: string, field: () => string): void {
  const problem = problemOfText(text);
  if (problem === null) return;
  throw new AppError('UNREADABLE_TEXT', `${field()} ${problem}.`, {
    details: { fields: [{ field: field(), problem }] },
  });
}

type PathStep = { parent: PathStep | null } & ({ key: string } | { index: number });

function pathText(last: PathStep | null): string {
  let text = '';
  for (let step = last; step; step = step.parent)
    text = 'index' in step ? `[${step.index}]${text}` : `${step.parent ? '.' : ''}${step.key}${text}`;
  return text;
}
