import { QueryFailedError } from 'typeorm';
import { isDatabaseUnavailable, isTenantGone } from './database-errors';

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

describe('isTenantGone', () => {
  const violation = (constraint: string, code = '23503') =>
    new QueryFailedError('INSERT', [], Object.assign(new Error('x'), { code, constraint }));

  it('knows a row whose tenant is missing, and nothing else', () => {
    expect(isTenantGone(violation('collection_tenant_id_fkey'))).toBe(true);
    expect(isTenantGone(violation('document_tenant_id_collection_id_fkey'))).toBe(false);
    expect(isTenantGone(violation('collection_tenant_id_fkey', '23505'))).toBe(false);
    for (const error of [null, undefined, 'x', new Error('x')]) expect(isTenantGone(error)).toBe(false);
  });
});
