import { limitSubjectOf, type Principal } from './principal';

const KEY: Principal = {
  tenantId: 't1',
  apiKeyId: 'k',
  userId: null,
  scopes: ['query'],
  principals: [],
  mayActAs: [],
  collections: null,
};
const user = (tenantId: string, userId: string): Principal => ({ ...KEY, tenantId, apiKeyId: null, userId });

describe('limitSubjectOf', () => {
  it('names each key, and each user of each tenant, by no text of theirs', () => {
    const alice = limitSubjectOf(user('t1', 'alice'));
    expect(alice).toBe(limitSubjectOf(user('t1', 'alice')));
    expect(alice).not.toContain('alice');
    const all = [KEY, user('t1', 'alice'), user('t1', 'bob'), user('t2', 'alice')].map(limitSubjectOf);
    expect(new Set(all).size).toBe(4);
  });

  it('names nobody where nobody is told apart', () => {
    expect(limitSubjectOf({ ...KEY, apiKeyId: null })).toBeNull();
  });
});
