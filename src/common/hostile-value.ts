/** What is wrong with a value, and where in it: `documents[0].title`. */
export interface ValueProblem {
  field: string;
  problem: string;
}

/** Names that reach the prototype of an object when it is copied carelessly. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** More fields than any object needs; what reads objects further on takes time that grows with their square. */
export const MAX_OBJECT_FIELDS = 1000;

/**
 * The first part of a value (as JSON or a query string gives it) that no part of the service can take: a key that
 * names a prototype, an object of more than {@link MAX_OBJECT_FIELDS} fields, or a string with the character
 * U+0000, which Postgres cannot store. Null if there is none.
 * Walks without recursion, so depth does not matter.
 */
export function hostilePartOf(value: unknown, field: string): ValueProblem | null {
  const pending: { value: unknown; path: PathStep | null }[] = [{ value, path: null }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { path } = next;
    if (typeof next.value === 'string' && next.value.includes('\0'))
      return { field: pathText(path) || field, problem: 'holds the character U+0000, which is not text' };
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (Array.isArray(next.value)) {
      next.value.forEach((child: unknown, index) =>
        pending.push({ value: child, path: { parent: path, index } }),
      );
      continue;
    }
    const entries = Object.entries(next.value);
    if (entries.length > MAX_OBJECT_FIELDS)
      return { field: pathText(path) || field, problem: `has more than ${MAX_OBJECT_FIELDS} fields` };
    for (const [key, child] of entries) {
      const step = { parent: path, key };
      if (FORBIDDEN_KEYS.has(key))
        return { field: pathText(step), problem: 'is a name that is not accepted anywhere' };
      if (key.includes('\0'))
        return { field: pathText(path) || field, problem: 'holds the character U+0000 in a name' };
      pending.push({ value: child, path: step });
    }
  }
  return null;
}

type PathStep = { parent: PathStep | null } & ({ key: string } | { index: number });

function pathText(last: PathStep | null): string {
  let text = '';
  for (let step = last; step; step = step.parent)
    text = 'index' in step ? `[${step.index}]${text}` : `${step.parent ? '.' : ''}${step.key}${text}`;
  return text;
}
