import { Logger } from '@nestjs/common';
import type { Principal } from '../auth/principal';
import type { AppConfig } from '../config/app-config';
import { DeploymentSecret } from '../database/deployment-secret';
import type { AnswerWriter } from '../generation/answer-writer';
import type { RetrievalService } from '../retrieval/retrieval.service';
import { type Access, type AccessReader, ScopeResolver } from './scope-resolver';
import type { QueryDto } from './query.dto';
import { UserPseudonyms } from './user-pseudonyms';

describe('ScopeResolver', () => {
  beforeAll(() => Logger.overrideLogger(false));

  /** @param named what the collection's ACLs name at the epoch that is read */
  function resolverIn(named: readonly string[]): ScopeResolver {
    const accesses: Pick<AccessReader, 'read'> = {
      read: (_tenant, _collection, principals) =>
        Promise.resolve({
          collectionId: 'c',
          epoch: '7',
          principals: principals.filter((principal) => named.includes(principal)),
          space: { id: 1, model: 'm', table: 't', storage: 'vector', dimensions: 3 },
        } satisfies Access),
    };
    return new ScopeResolver(
      accesses as AccessReader,
      { identity: 'r' } as RetrievalService,
      { identity: 'w' } as AnswerWriter,
      { retrieval: { topK: 5 }, semanticCache: { serveUnverified: false } } as AppConfig,
      new UserPseudonyms(new DeploymentSecret(Buffer.alloc(32))),
    );
  }

  const principal: Principal = {
    tenantId: 't',
    apiKeyId: 'k',
    userId: null,
    scopes: ['query'],
    principals: ['group:hr', 'group:it'],
    mayActAs: 'any',
    collections: null,
  };
  const asks = (user_id: string) => ({ query: 'q', user_id }) as QueryDto;

  it('lets callers share answers whom no ACL tells apart', async () => {
    const resolver = resolverIn(['group:hr']);
    const [alice, bob] = await Promise.all([
      resolver.resolve(asks('alice'), principal),
      resolver.resolve(asks('bob'), principal),
    ]);
    expect(alice.scope.principals).toEqual(['group:hr']);
    expect(bob.scope).toEqual(alice.scope);
  });

  it('has nothing found by what the scope does not say, as a document may be published any moment that names it', async () => {
    const { scope, search } = await resolverIn(['group:hr']).resolve(asks('alice'), principal);
    expect(search.principals).toEqual(scope.principals);
  });

  it('refuses a collection that the key is not for, before it is looked up', async () => {
    const limited: Principal = { ...principal, collections: ['handbook'] };
    await expect(resolverIn([]).resolve(asks('alice'), limited)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { collection: 'default' },
    });
    const granted = { ...asks('alice'), collection: 'handbook' };
    expect((await resolverIn([]).resolve(granted, limited)).collection).toBe('handbook');
  });
});
