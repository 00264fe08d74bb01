import type { CollectionAccess } from '../corpus/collection';
import type { CollectionStore } from '../corpus/collection-store';
import type { RetrievalService } from '../retrieval/retrieval.service';
import { AccessReader } from './scope-resolver';

/** Holds each read until it is told to end; every read finds a later epoch. */
class FakeCollections {
  readonly reads: { principals: string[]; end: () => void; fail: (error: Error) => void }[] = [];

  epochAndReadablePrincipals(_tenant: string, name: string, principals: string[]): Promise<CollectionAccess> {
    const epoch = String(this.reads.length + 1);
    return new Promise((resolve, reject) => {
      const end = () =>
        resolve({ collectionId: name, epoch, principals: principals.filter((p) => p !== 'nobody') });
      this.reads.push({ principals, end, fail: reject });
    });
  }
}

describe('AccessReader', () => {
  let collections: FakeCollections;
  let reader: AccessReader;
  const settled = () => new Promise(setImmediate);

  beforeEach(() => {
    collections = new FakeCollections();
    const retrieval = { activeSpace: () => Promise.resolve({ id: 3 }) };
    reader = new AccessReader(
      collections as unknown as CollectionStore,
      retrieval as unknown as RetrievalService,
    );
  });

  it('lets who comes during a read share the next one, and tells each of his own principals', async () => {
    const first = reader.read('t', 'c', ['user:a']);
    await settled();
    const second = reader.read('t', 'c', ['user:b', 'nobody']);
    const third = reader.read('t', 'c', ['user:c']);
    await settled();
    expect(collections.reads).toHaveLength(1);
    collections.reads[0].end();
    expect(await first).toEqual({
      collectionId: 'c',
      epoch: '1',
      principals: ['user:a'],
      space: { id: 3 },
    });
    await settled();
    expect(collections.reads).toHaveLength(2);
    expect(collections.reads[1].principals).toEqual(['user:b', 'nobody', 'user:c']);
    collections.reads[1].end();
    expect(await second).toEqual({
      collectionId: 'c',
      epoch: '2',
      principals: ['user:b'],
      space: { id: 3 },
    });
    expect(await third).toEqual({
      collectionId: 'c',
      epoch: '2',
      principals: ['user:c'],
      space: { id: 3 },
    });
  });

  it('does not let one collection or tenant wait for another', async () => {
    for (const [tenant, collection] of [
      ['t', 'c'],
      ['t', 'd'],
      ['u', 'c'],
    ])
      void reader.read(tenant, collection, []);
    await settled();
    expect(collections.reads).toHaveLength(3);
  });

  it('reads again after a read that failed', async () => {
    const first = reader.read('t', 'c', []);
    await settled();
    const second = reader.read('t', 'c', []);
    collections.reads[0].fail(new Error('unavailable'));
    await expect(first).rejects.toThrow('unavailable');
    await settled();
    collections.reads[1].end();
    expect((await second).epoch).toBe('2');
    const third = reader.read('t', 'c', []);
    await settled();
    collections.reads[2].end();
    expect((await third).epoch).toBe('3');
  });
});
