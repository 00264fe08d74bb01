import { Logger } from '@nestjs/common';
import { aclPrincipals } from './acl-principals';
import type { Principal } from './principal';

const PROGRAM: Principal = {
  tenantId: 't',
  apiKeyId: 'k',
  userId: null,
  scopes: ['query'],
  principals: ['group:hr'],
  mayActAs: [],
  collections: null,
};
const USER: Principal = { ...PROGRAM, apiKeyId: null, userId: 'alice' };

describe('aclPrincipals', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it.each([
    ['none', [], 'bob', ['group:hr']],
    ['some', ['bob'], 'bob', ['user:bob', 'group:hr']],
    ['others', ['carol'], 'bob', ['group:hr']],
    ['any', 'any', 'bob', ['user:bob', 'group:hr']],
    ['any, but nobody is named', 'any', undefined, ['group:hr']],
  ] as const)('of a program that may act as %s', (_, mayActAs, asked, expected) => {
    expect(aclPrincipals({ ...PROGRAM, mayActAs }, asked)).toEqual(expected);
  });

  it.each([
    ['themselves', [], 'alice'],
    ['nobody in particular', [], undefined],
  ])('of a user who names %s', (_, mayActAs, asked) => {
    expect(aclPrincipals({ ...USER, mayActAs }, asked)).toEqual(['user:alice', 'group:hr']);
  });

  it('of a user on behalf of another: what that one may read, without what the groups of the first may', () => {
    expect(aclPrincipals({ ...USER, mayActAs: ['bob'] }, 'bob')).toEqual(['user:bob']);
    expect(aclPrincipals({ ...USER, mayActAs: 'any' }, 'bob')).toEqual(['user:bob']);
  });

  it('refuses a user who names another', () => {
    for (const mayActAs of [[], ['carol']])
      expect(() => aclPrincipals({ ...USER, mayActAs }, 'bob')).toThrow(
        expect.objectContaining({ code: 'FORBIDDEN', details: { field: 'user_id' } }),
      );
  });
});
