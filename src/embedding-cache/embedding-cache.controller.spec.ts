import type { FastifyReply } from 'fastify';
import { newId } from '../common/ids';
import { DEFAULT_TENANT_ID, type Principal } from '../auth/principal';
import { EmbeddingCacheController } from './embedding-cache.controller';
import { AppConfig } from '../config/app-config';
import type { EmbeddingCaches } from './embedding-caches';
import type { EmbeddingCharges } from './embedding-charges';

describe('EmbeddingCacheController', () => {
  it('lets only the operator see, warm and forget what all tenants embedded', async () => {
    const purged: string[] = [];
    const caches: Pick<EmbeddingCaches, 'purge'> = {
      purge: (model) => {
        purged.push(model);
        return Promise.resolve(1);
      },
    };
    const controller = new EmbeddingCacheController(
      caches as EmbeddingCaches,
      undefined as unknown as EmbeddingCharges,
      AppConfig.parse({}),
    );
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
    await expect(
      controller.warm({ texts: ['a'] }, keyOf(newId()), undefined as unknown as FastifyReply),
    ).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(purged).toEqual([]);
    expect(await controller.purge(keyOf(DEFAULT_TENANT_ID), { model: 'm' })).toEqual({ purged: 1 });
  });
});
