import type { IncomingDocument } from './document';
import { incomingHash } from './incoming-hash';

const DOCUMENT: IncomingDocument = {
  externalId: 'handbook/refunds.md',
  raw: Buffer.from('Refunds are issued within 30 days.'),
  mimeType: 'text/markdown',
  title: null,
  metadata: { region: 'eu', year: 2025, tags: ['a', 'b'] },
  acl: ['group:hr', 'user:alice'],
  lastModified: new Date('2025-01-01T00:00:00Z'),
};

describe('incomingHash', () => {
  it('takes the order of metadata keys and ACL members for no difference', () => {
    const same = {
      ...DOCUMENT,
      metadata: { tags: ['a', 'b'], year: 2025, region: 'eu' },
      acl: ['user:alice', 'group:hr'],
    };
    expect(incomingHash(same, {})).toBe(incomingHash(DOCUMENT, {}));
  });

  it.each<[string, Partial<IncomingDocument>]>([
    ['content', { raw: Buffer.from('Refunds are issued within 31 days.') }],
    ['type', { mimeType: 'text/plain' }],
    ['title', { title: 'null' }],
    ['metadata', { metadata: { ...DOCUMENT.metadata, tags: ['b', 'a'] } }],
    ['ACL', { acl: ['group:hr'] }],
    ['absence of an ACL', { acl: null }],
    ['time of change', { lastModified: null }],
  ])('changes with %s', (_what, change) => {
    expect(incomingHash({ ...DOCUMENT, ...change }, {})).not.toBe(incomingHash(DOCUMENT, {}));
  });

  it('changes with how the collection cuts its documents', () => {
    const hashes = [{}, { chunker: 'sentence' as const }, { maxTokens: 128 }, { maxTokens: 64 }].map(
      (chunking) => incomingHash(DOCUMENT, chunking),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(incomingHash(DOCUMENT, { minTokens: 8, maxTokens: 64 })).toBe(
      incomingHash(DOCUMENT, { maxTokens: 64, minTokens: 8 }),
    );
  });
});
