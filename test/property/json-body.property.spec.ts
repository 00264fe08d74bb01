import fc from 'fast-check';
import { AppError } from '../../src/common/app-error';
import { MAX_JSON_DEPTH, parseJsonBody } from '../../src/common/http-json-body';

/** JSON without what is refused by name: those keys and U+0000 have tests of their own. */
const harmless = fc
  .jsonValue({ maxDepth: 5, stringUnit: 'binary' })
  .filter((value) => !/\\u0000|__proto__|constructor|prototype/.test(JSON.stringify(value)));

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('parseJsonBody', () => {
  it('gives what JSON.parse gives for any harmless JSON, however it is spaced', () => {
    fc.assert(
      fc.property(harmless, fc.constantFrom(undefined, ' ', '\t\n'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(parseJsonBody(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses by depth exactly what is too deep, whatever strings hold', () => {
    const step = fc.constantFrom<(inner: unknown) => unknown>(
      (inner) => [inner],
      (inner) => ({ '[{"': inner }),
      (inner) => ['}]\\"', inner, '[['],
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 130 }), (steps) => {
        const value = steps.reduce<unknown>((inner, wrap) => wrap(inner), 1);
        const body = Buffer.from(JSON.stringify(value));
        if (depthOf(value) <= MAX_JSON_DEPTH) expect(parseJsonBody(body)).toEqual(value);
        else expect(() => parseJsonBody(body)).toThrow(/nested deeper/);
      }),
    );
  });

  it('never fails otherwise than by an error for the caller, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      fc
        .string({ unit: fc.constantFrom(...'[]{}",:\\u0019eE+-. \0truefalsn') })
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, (body) => {
        try {
          parseJsonBody(body);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).status).toBe(400);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
