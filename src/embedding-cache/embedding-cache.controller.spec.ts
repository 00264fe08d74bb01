import { newId } from '../common/ids';
import { DEFAULT_TENANT_ID, type Principal } from '../auth/principal';
import { EmbeddingCacheController } from './embedding-cache.controller';
import type { EmbeddingCaches } from './embedding-caches';

describe('EmbeddingCacheController', () => {
  it('lets only the operator see, warm and forget what all tenants embedded', async () => {
    const purged: string[] = [];
    const caches: Pick<EmbeddingCaches, 'purge'> = {
      purge: (model) => {
        purged.push(model);
        return Promise.resolve(1);
      },
    };
    const controller = new EmbeddingCacheController(caches as EmbeddingCaches);
    const keyOf = (tenantId: string): Principal => ({
      tenantId,
      apiKeyId: newId(),
      scopes: ['admin'],
      principals: [],
      userId: null,
      mayActAs: [],
      collections: null,
    });
    await expect(controller.purge(keyOf(newId()), { model: 'm' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(controller.stats(keyOf(newId()))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(controller.warm(keyOf(newId()), { texts: ['a'] })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(purged).toEqual([]);
    expect(await controller.purge(keyOf(DEFAULT_TENANT_ID), { model: 'm' })).toEqual({ purged: 1 });
  });
});
