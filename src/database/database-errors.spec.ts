import { QueryFailedError } from 'typeorm';
import { isDatabaseUnavailable } from './database-errors';

const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('isDatabaseUnavailable', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '08006', '53300'])('knows the code %s', (code) => {
    expect(isDatabaseUnavailable(withCode(code))).toBe(true);
    expect(isDatabaseUnavailable(new QueryFailedError('SELECT 1', [], withCode(code)))).toBe(true);
  });

  it.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
  ])('knows the message "%s"', (message) => expect(isDatabaseUnavailable(new Error(message))).toBe(true));

  it('takes nothing else for it', () => {
    for (const error of [withCode('23505'), withCode('42P01'), new Error('boom'), null, 'ECONNREFUSED'])
      expect(isDatabaseUnavailable(error)).toBe(false);
  });
});
