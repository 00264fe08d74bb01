import { toPgVectorBytes } from '../common/vector';
import { exactStatement, exactUpTo, indexStatement, scanBudget, wholeStatement } from './search-plan';

const SPACE = { table: 'chunk_embedding_1', storage: 'halfvec', dimensions: 2 } as const;
const REQUEST = {
  tenantId: 'T',
  collectionId: 'C',
  epoch: null,
  principals: ['user:a'],
  filter: { metadata: { region: 'eu' }, externalIds: ['x'] },
  topK: 10,
};
const VECTOR = Float32Array.from([1, 0]);

describe('exactUpTo', () => {
  it('grows with the root of the vectors, within bounds', () => {
    expect(exactUpTo(50, 0)).toBe(2000);
    expect(exactUpTo(50, 10_000)).toBe(2000);
    expect(exactUpTo(50, 100_000)).toBe(4473);
    expect(exactUpTo(50, 1_000_000)).toBe(14_143);
    expect(exactUpTo(50, 1e9)).toBe(20_000);
  });

  it('leaves the walk room to find what lies elsewhere', () => {
    for (const rows of [0, 1e5, 1e7]) expect(scanBudget(50, rows)).toBeGreaterThanOrEqual(20_000);
  });
});

describe.each([
  ['index', () => indexStatement(SPACE, VECTOR, REQUEST, 5, { efSearch: 100, maxScanTuples: 20_000 })],
  ['bounded exact', () => exactStatement(SPACE, VECTOR, REQUEST, 5, 100)],
  ['exact', () => exactStatement(SPACE, VECTOR, REQUEST, 5, null)],
  ['whole', () => wholeStatement(SPACE, VECTOR, REQUEST, 5)],
])('the %s statement', (_name, make) => {
  it('names every parameter it has, and no other', () => {
    const { text, values } = make();
    const named = new Set([...text.matchAll(/\$(\d+)/g)].map(([, position]) => Number(position)));
    expect([...named].sort((a, b) => a - b)).toEqual(values.map((_, i) => i + 1));
  });

  it('holds tenant, collection and ACL against chunk, document and vector', () => {
    const { text, values } = make();
    expect(values.slice(0, 5)).toEqual([toPgVectorBytes(VECTOR), 'T', 'C', ['user:a'], 5]);
    for (const alias of ['c', 'd']) {
      expect(text).toContain(`${alias}.tenant_id = $2`);
      expect(text).toContain(`${alias}.collection_id = $3`);
    }
    expect(text).toMatch(/[ev]\.tenant_id = \$2 AND [ev]\.collection_id = \$3/);
    expect(text).toContain('d.acl && $4::text[]');
  });
});

it('the exact statements order by what the index does not know', () => {
  const statements = [100, null].map((atMost) => exactStatement(SPACE, VECTOR, REQUEST, 5, atMost));
  for (const { text } of [...statements, wholeStatement(SPACE, VECTOR, REQUEST, 5)])
    expect(text).toContain('(e.embedding <=> $1::vector::halfvec(2)) + 0');
});
