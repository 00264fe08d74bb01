import * as fc from 'fast-check';
import { type CacheScope, scopeHash } from '../../src/semantic-cache/cache-scope';

/** Texts that run into each other where they are put together carelessly. */
const text = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'ab', '1', '11', '"', ',', '[]', '["a"]', '{}', ' ', ':', '1:a'),
  fc.string({ maxLength: 6 }),
);
const scope: fc.Arbitrary<CacheScope> = fc.record({
  tenantId: text,
  collectionId: text,
  principals: fc.array(text, { maxLength: 3 }),
  filters: text,
  topK: fc.integer({ min: 1, max: 100 }),
  promptVersion: text,
  embeddingSpace: fc.record({ id: fc.integer({ min: 1, max: 20 }), model: text }),
  retrieval: text,
  languageModel: text,
});

/** What makes two scopes one: principals are a set. */
const meaningOf = ({ principals, ...rest }: CacheScope) =>
  JSON.stringify(
    Object.entries({ ...rest, principals: [...new Set(principals)].sort() }).sort(([a], [b]) =>
      a < b ? -1 : 1,
    ),
  );

describe('scopes of cached answers', () => {
  it('share answers exactly if they are equal', () => {
    fc.assert(
      fc.property(scope, scope, (a, b) => {
        expect(scopeHash(a) === scopeHash(b)).toBe(meaningOf(a) === meaningOf(b));
      }),
      { numRuns: 2000 },
    );
  });

  it('do not share answers if they differ in one thing, whichever', () => {
    const names = fc.constantFrom(...(Object.keys(fc.sample(scope, 1)[0]) as (keyof CacheScope)[]));
    fc.assert(
      fc.property(scope, scope, names, (a, other, name) => {
        const b = { ...a, [name]: other[name] };
        fc.pre(meaningOf(a) !== meaningOf(b));
        expect(scopeHash(a)).not.toBe(scopeHash(b));
      }),
      { numRuns: 2000 },
    );
  });

  it('do not share answers if text moves from one thing to the next', () => {
    fc.assert(
      fc.property(scope, text, (a, moved) => {
        fc.pre(moved !== '');
        const left = { ...a, promptVersion: a.promptVersion + moved };
        const right = { ...a, retrieval: moved + a.retrieval };
        expect(scopeHash(left)).not.toBe(scopeHash(right));
      }),
    );
  });

  it('are the same in whichever order and however often principals are named', () => {
    fc.assert(
      fc.property(scope, fc.integer(), (a, seed) => {
        const shuffled = [...a.principals, ...a.principals]
          .sort((x, y) => (x + seed < y + seed ? -1 : 1))
          .reverse();
        expect(scopeHash({ ...a, principals: shuffled })).toBe(scopeHash(a));
      }),
    );
  });
});
