import { spaceMigration } from './space-migration';

describe('spaceMigration', () => {
  it('makes table and index of the type that the dimensions need, outside a transaction', () => {
    const { name, text } = spaceMigration('text-embedding-3-large', 3072, 1_763_800_000_000);
    expect(name).toBe('1763800000000-space-text-embedding-3-large-3072.ts');
    expect(text).toContain(
      'export class SpaceTextEmbedding3Large30721763800000000 implements MigrationInterface',
    );
    expect(text).toContain('readonly transaction = false');
    expect(text).toContain('halfvec(3072) NOT NULL');
    expect(text).toMatch(/CREATE INDEX CONCURRENTLY \$\{table\}_hnsw .*halfvec_cosine_ops\) WITH \(m = 16/);
    expect(spaceMigration('m', 2000, 1).text).toContain('embedding     vector(2000) NOT NULL');
  });

  it('refuses what no index takes, with the reason', () => {
    expect(() => spaceMigration('m', 4001, 1)).toThrow(/at most 4000: an HNSW index of pgvector takes/);
  });

  it('lets no name out of its string or comment', () => {
    const { name, text } = spaceMigration('a/b"; */ evil()`${x}`', 8, 1);
    expect(name).toBe('1-space-a-b-evil-x-8.ts');
    expect(text).toContain('const MODEL = "a/b\\"; */ evil()`${x}`";');
    expect(text).not.toContain('*/ evil() with');
  });
});
