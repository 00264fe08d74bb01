import { requestIdOf } from './ids';

const idFor = (value: string | string[] | undefined) => requestIdOf({ headers: { 'x-request-id': value } });

describe('requestIdOf', () => {
  it.each(['a', '4bf92f3577b34da6a3ce929d0e0e4736', 'trace-1.2_x', 'x'.repeat(128)])(
    'takes over %s',
    (given) => {
      expect(idFor(given)).toBe(given);
    },
  );

  it.each([undefined, '', ' ', 'a b', 'a\nb', '{"a":1}', '-a', 'ü', 'x'.repeat(129)])(
    'replaces %j',
    (given) => {
      expect(idFor(given)).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      expect(idFor(given)).not.toBe(idFor(given));
    },
  );
});
