import { AppError } from './app-error';
import { MAX_OBJECT_FIELDS, refuseHostileParts } from './hostile-value';

function refusal(value: unknown): { code: string; field: string } | null {
  try {
    refuseHostileParts(value, 'body');
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const [{ field }] = error.details?.fields as { field: string }[];
    expect(error.message).toContain(field);
    return { code: error.code, field };
  }
}

describe('refuseHostileParts', () => {
  it.each([[null], [undefined], [0], ['text'], [[]], [{}], [{ a: [{ b: 'c' }, null, 'proto'] }]])(
    'takes %j',
    (value) => {
      expect(refusal(value)).toBeNull();
    },
  );

  it.each(['__proto__', 'constructor', 'prototype'])('refuses the name %s wherever it stands', (name) => {
    const inner = JSON.parse(`{"${name}": 1}`) as unknown;
    expect(refusal(inner)).toEqual({ code: 'VALIDATION_FAILED', field: name });
    expect(refusal({ a: [0, inner] })).toEqual({ code: 'VALIDATION_FAILED', field: `a[1].${name}` });
  });

  it('refuses U+0000 in values and names', () => {
    expect(refusal('\0')).toEqual({ code: 'UNREADABLE_TEXT', field: 'body' });
    expect(refusal([['x', 'a\0']])).toEqual({ code: 'UNREADABLE_TEXT', field: '[0][1]' });
    expect(refusal({ a: { 'b\0': 1 } })).toEqual({ code: 'UNREADABLE_TEXT', field: 'a' });
  });

  it('refuses half of a surrogate pair in values and names, and takes whole ones', () => {
    expect(refusal({ a: ['\ud83d'] })).toEqual({ code: 'UNREADABLE_TEXT', field: 'a[0]' });
    expect(refusal({ a: { 'b\udc00': 1 } })).toEqual({ code: 'UNREADABLE_TEXT', field: 'a' });
    expect(refusal({ '😀': '😀' })).toBeNull();
  });

  it('refuses an object of too many fields', () => {
    const fields = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 0]));
    expect(refusal({ a: fields(MAX_OBJECT_FIELDS) })).toBeNull();
    expect(refusal({ a: fields(MAX_OBJECT_FIELDS + 1) })).toEqual({ code: 'VALIDATION_FAILED', field: 'a' });
  });

  it('walks any depth', () => {
    let value: unknown = '\0';
    for (let i = 0; i < 100_000; i++) value = [value];
    expect(refusal(value)?.code).toBe('UNREADABLE_TEXT');
  });
});
