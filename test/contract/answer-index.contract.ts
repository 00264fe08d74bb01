import { randomUUID } from 'node:crypto';
import type { Clock } from '../../src/common/clock';
import { dotProduct } from '../../src/common/vector';
import type { AnswerIndex } from '../../src/semantic-cache/answer-index';
import { AnswerEntries, atSimilarity, axis, unrelatedVectors } from './caches/answer-entries';
import { MovableClock } from './caches/movable-clock';

/** What a driver's vectors may lose: vector sets keep components in 8 bits. */
const SIMILARITY_DIGITS = 2;

/**
 * What every {@link AnswerIndex} does.
 * @param open makes an index that may share its server with others
 */
export function describeAnswerIndex(name: string, open: (clock: Clock) => Promise<AnswerIndex>): void {
  describe(`answer index: ${name}`, () => {
    let clock: MovableClock;
    let entries: AnswerEntries;
    let index: AnswerIndex;
    const nearest = (vector: Float32Array, limit = 5, minSimilarity = 0.5, scopeHash = entries.scopeHash) =>
      index.nearest(entries.tenantId, scopeHash, vector, limit, minSimilarity);
    const questions = async (...args: Parameters<typeof nearest>) =>
      (await nearest(...args)).map(({ entry }) => entry.question);

    beforeEach(async () => {
      clock = new MovableClock();
      entries = new AnswerEntries(clock);
      index = await open(clock);
    });

    describe('by id', () => {
      it('gives back what was put', async () => {
        const entry = entries.of('how?');
        await index.put(entry, atSimilarity(0.3));
        expect(await index.get(entries.tenantId, entry.id)).toEqual({ hit: true, entry });
      });

      it('keeps an entry without a vector, and any text', async () => {
        const response = 'a\u0000b "quoted" \\ 🙂 \u2028 {t:x}';
        const entry = entries.of('ünïcode?', { response, documentIds: [], citations: [] });
        await index.put(entry, null);
        expect(await index.get(entries.tenantId, entry.id)).toEqual({ hit: true, entry });
        expect(await nearest(axis(0))).toEqual([]);
      });

      it('is a miss for what was never put', async () => {
        expect(await index.get(entries.tenantId, 'f'.repeat(64))).toEqual({ hit: false, reason: 'absent' });
      });

      it('keeps no tie to the object that was put', async () => {
        const entry = entries.of('how?');
        await index.put(entry, axis(0));
        entry.response = 'changed';
        entry.citations.length = 0;
        const found = await index.get(entries.tenantId, entry.id);
        expect(found.hit && found.entry.response).toMatch(/^The answer/);
        expect(found.hit && found.entry.citations).toHaveLength(1);
      });

      it('replaces an entry of the same id, whatever it was found by', async () => {
        const other = randomUUID();
        const old = entries.of('how?', { response: 'old', documentIds: [entries.documentId] });
        await index.put(old, axis(0));
        expect(await index.get(entries.tenantId, old.id)).toEqual({ hit: true, entry: old });
        const entry = entries.of('how?', { response: 'new', documentIds: [other] });
        await index.put(entry, axis(1));
        expect(await index.get(entries.tenantId, entry.id)).toEqual({ hit: true, entry });
        expect(await questions(axis(0))).toEqual([]);
        expect(await questions(axis(1))).toEqual(['how?']);
        expect(await index.deleteByDocument(entries.tenantId, entries.documentId)).toBe(0);
        expect((await index.stats(entries.tenantId)).entries).toBe(1);
        expect(await index.deleteByDocument(entries.tenantId, other)).toBe(1);
      });
    });

    describe('by another wording', () => {
      const other = 'a'.repeat(64);
      const alias = { epoch: '7', similarity: 0.93 };

      it('finds the entry, and says how', async () => {
        const entry = entries.of('how?');
        await index.put(entry, axis(0));
        await index.putAlias(entry, other, { ...alias, entryId: entry.id });
        const found = { hit: true, entry, alias: { ...alias, entryId: entry.id } };
        expect(await index.get(entries.tenantId, other)).toEqual(found);
        expect(await index.get(entries.tenantId, entry.id)).toEqual({ hit: true, entry });
        expect((await index.stats(entries.tenantId)).entries).toBe(1);
        expect(await nearest(axis(0))).toHaveLength(1);
      });

      it('finds the entry as it is now, and nothing once it is gone', async () => {
        const entry = entries.of('how?', { ttlSeconds: 300 });
        await index.put(entry, axis(0));
        await index.putAlias(entry, other, { ...alias, entryId: entry.id });
        await index.advanceEpoch(entry, '7', { epoch: '8', citations: entry.citations });
        expect(await index.get(entries.tenantId, other)).toMatchObject({ hit: true, entry: { epoch: '8' } });
        await index.deleteByDocument(entries.tenantId, entries.documentId);
        expect(await index.get(entries.tenantId, other)).toEqual({ hit: false, reason: 'absent' });
        await index.put(entry, axis(0));
        clock.advanceSeconds(300);
        expect((await index.get(entries.tenantId, other)).hit).toBe(false);
      });

      it('gives way to an entry of its own, and is removed with its id', async () => {
        const entry = entries.of('how?');
        const own = { ...entries.of('why?'), id: other };
        await index.put(entry, axis(0));
        await index.putAlias(entry, other, { ...alias, entryId: entry.id });
        await index.put(own, axis(0));
        expect(await index.get(entries.tenantId, other)).toEqual({ hit: true, entry: own });
        await index.putAlias(entry, other, { ...alias, entryId: entry.id });
        expect(await index.get(entries.tenantId, other)).toEqual({ hit: true, entry: own });
        expect(await index.delete(entries.tenantId, other)).toBe(true);
        expect(await index.get(entries.tenantId, other)).toEqual({ hit: false, reason: 'absent' });
        expect((await index.get(entries.tenantId, entry.id)).hit).toBe(true);
      });

      it('belongs to its tenant', async () => {
        const entry = entries.of('how?');
        await index.put(entry, axis(0));
        await index.putAlias(entry, other, { ...alias, entryId: entry.id });
        expect((await index.get(randomUUID(), other)).hit).toBe(false);
      });
    });

    describe('expiry', () => {
      it('is absolute: hits do not put it off', async () => {
        const entry = entries.of('how?', { ttlSeconds: 300 });
        await index.put(entry, axis(0));
        for (const step of [100, 100, 99.999]) {
          clock.advanceSeconds(step);
          expect((await index.get(entries.tenantId, entry.id)).hit).toBe(true);
          expect(await questions(axis(0))).toEqual(['how?']);
        }
        clock.advanceSeconds(0.001);
        expect((await index.get(entries.tenantId, entry.id)).hit).toBe(false);
        expect(await questions(axis(0))).toEqual([]);
        expect((await index.stats(entries.tenantId)).entries).toBe(0);
      });

      it('counts from the creation, not from the put', async () => {
        const entry = entries.of('how?', { createdAtMs: clock.nowMs() - 299_000, ttlSeconds: 300 });
        await index.put(entry, axis(0));
        expect((await index.get(entries.tenantId, entry.id)).hit).toBe(true);
        clock.advanceSeconds(1);
        expect((await index.get(entries.tenantId, entry.id)).hit).toBe(false);
      });

      it('keeps nothing that has expired before the put, and not what it would replace either', async () => {
        await index.put(entries.of('how?'), axis(0));
        const late = entries.of('how?', { createdAtMs: clock.nowMs() - 301_000 });
        await index.put(late, axis(0));
        expect((await index.get(entries.tenantId, late.id)).hit).toBe(false);
        expect(await questions(axis(0))).toEqual([]);
      });

      it('makes room in a search for those that live', async () => {
        for (let i = 0; i < 20; i++)
          await index.put(entries.of(`short ${i}`, { ttlSeconds: 10 }), atSimilarity(0.999));
        for (let i = 0; i < 3; i++) await index.put(entries.of(`long ${i}`), atSimilarity(0.9));
        clock.advanceSeconds(10);
        expect((await questions(axis(0), 5)).sort()).toEqual(['long 0', 'long 1', 'long 2']);
      });
    });

    describe('by nearness', () => {
      it('finds by falling similarity, above the least one, up to the limit', async () => {
        for (const similarity of [0.7, 0.95, 0.4, 0.8, 1])
          await index.put(entries.of(`${similarity}`), atSimilarity(similarity));
        const found = await nearest(axis(0), 3, 0.6);
        expect(found.map(({ entry }) => entry.question)).toEqual(['1', '0.95', '0.8']);
        found.forEach(({ entry, similarity }) =>
          expect(similarity).toBeCloseTo(Number(entry.question), SIMILARITY_DIGITS),
        );
        expect(await questions(axis(0), 9, 0.6)).toEqual(['1', '0.95', '0.8', '0.7']);
        expect(await questions(axis(0), 0, 0.6)).toEqual([]);
      });

      it('gives the whole entry', async () => {
        const entry = entries.of('how?');
        await index.put(entry, axis(0));
        const [found] = await nearest(axis(0));
        expect(found.entry).toEqual(entry);
        expect(found.similarity).toBeLessThanOrEqual(1);
      });

      it('finds opposite questions when asked for them', async () => {
        await index.put(
          entries.of('opposite'),
          axis(0).map((x) => -x),
        );
        const [found] = await nearest(axis(0), 1, -1);
        expect(found.similarity).toBeCloseTo(-1, SIMILARITY_DIGITS);
      });

      it('keeps scopes apart', async () => {
        const scopeHash = 'e'.repeat(64);
        await index.put(entries.of('mine'), axis(0));
        await index.put(entries.of('theirs', { scopeHash }), axis(0));
        expect(await questions(axis(0))).toEqual(['mine']);
        expect(await questions(axis(0), 5, 0.5, scopeHash)).toEqual(['theirs']);
        expect(await questions(axis(0), 5, 0.5, 'd'.repeat(64))).toEqual([]);
      });

      it('never gives a vector of another length', async () => {
        await index.put(entries.of('eight'), axis(0, 8));
        await index.put(entries.of('four'), axis(0, 4));
        expect(await questions(axis(0, 8))).toEqual(['eight']);
        expect(await questions(axis(0, 4))).toEqual(['four']);
        expect(await questions(axis(0, 16))).toEqual([]);
      });

      it('follows an entry whose vector changes its length', async () => {
        await index.put(entries.of('how?'), axis(0, 8));
        await index.put(entries.of('how?'), axis(0, 4));
        expect(await questions(axis(0, 8))).toEqual([]);
        expect(await questions(axis(0, 4))).toEqual(['how?']);
      });

      it('finds each of 200 unrelated questions, and the best five of them nearly always', async () => {
        const vectors = unrelatedVectors(64);
        const stored = Array.from({ length: 200 }, (_, i) => ({
          question: `q${i}`,
          vector: vectors.next().value as Float32Array,
        }));
        for (const { question, vector } of stored) await index.put(entries.of(question), vector);
        for (const { question, vector } of stored.slice(0, 50))
          expect((await questions(vector, 1, 0.98))[0]).toBe(question);
        let found = 0;
        for (let i = 0; i < 40; i++) {
          const vector = vectors.next().value as Float32Array;
          const ranked = [...stored].sort(
            (a, b) => dotProduct(vector, b.vector) - dotProduct(vector, a.vector),
          );
          const best = new Set(ranked.slice(0, 5).map(({ question }) => question));
          found += (await questions(vector, 5, -1)).filter((question) => best.has(question)).length;
        }
        expect(found / 200).toBeGreaterThan(0.95);
      });
    });

    describe('tenants', () => {
      it('never meet, even on the same ids', async () => {
        const stranger = new AnswerEntries(clock);
        const mine = entries.of('how?');
        const theirs = { ...mine, tenantId: stranger.tenantId, response: 'theirs' };
        await index.put(mine, axis(0));
        expect((await index.get(stranger.tenantId, mine.id)).hit).toBe(false);
        await index.put(theirs, axis(0));
        expect(await index.get(entries.tenantId, mine.id)).toEqual({ hit: true, entry: mine });
        expect((await nearest(axis(0))).map(({ entry }) => entry.response)).toEqual([mine.response]);
        expect(await index.deleteByDocument(stranger.tenantId, entries.documentId)).toBe(1);
        expect(await index.deleteByCollection(stranger.tenantId, entries.collectionId)).toBe(0);
        expect(await index.deleteAll(stranger.tenantId)).toBe(0);
        expect(await index.delete(stranger.tenantId, mine.id)).toBe(false);
        expect((await index.stats(stranger.tenantId)).entries).toBe(0);
        expect((await index.stats(entries.tenantId)).entries).toBe(1);
      });
    });

    describe('moving the epoch', () => {
      it('moves it once, with the citations', async () => {
        const entry = entries.of('how?', { epoch: '7' });
        await index.put(entry, axis(0));
        const citations = [entries.citation('moved')];
        expect(await index.advanceEpoch(entry, '7', { epoch: '9', citations })).toBe(true);
        expect(await index.advanceEpoch(entry, '7', { epoch: '8', citations: [] })).toBe(false);
        const expected = { ...entry, epoch: '9', citations };
        expect(await index.get(entries.tenantId, entry.id)).toEqual({ hit: true, entry: expected });
        expect((await nearest(axis(0)))[0].entry).toEqual(expected);
      });

      it('does not put off expiry', async () => {
        const entry = entries.of('how?', { ttlSeconds: 300 });
        await index.put(entry, axis(0));
        clock.advanceSeconds(299);
        await index.advanceEpoch(entry, '7', { epoch: '8', citations: entry.citations });
        clock.advanceSeconds(1);
        expect((await index.get(entries.tenantId, entry.id)).hit).toBe(false);
        expect(await index.advanceEpoch(entry, '8', { epoch: '9', citations: [] })).toBe(false);
      });

      it('leaves a later entry of the same id alone, though its epoch be the same', async () => {
        const read = entries.of('how?', { fingerprint: 'before' });
        await index.put(read, axis(0));
        await index.put(entries.of('how?', { fingerprint: 'after' }), axis(0));
        expect(await index.advanceEpoch(read, '7', { epoch: '8', citations: [] })).toBe(false);
        const found = await index.get(entries.tenantId, read.id);
        expect(found.hit && found.entry).toMatchObject({ epoch: '7', fingerprint: 'after' });
      });

      it('brings nothing back that is gone', async () => {
        const entry = entries.of('how?');
        expect(await index.advanceEpoch(entry, '7', { epoch: '8', citations: [] })).toBe(false);
        await index.put(entry, axis(0));
        await index.delete(entries.tenantId, entry.id);
        expect(await index.advanceEpoch(entry, '7', { epoch: '8', citations: [] })).toBe(false);
        expect((await index.get(entries.tenantId, entry.id)).hit).toBe(false);
      });
    });

    describe('removing', () => {
      it('removes one entry, once', async () => {
        const entry = entries.of('how?');
        await index.put(entry, axis(0));
        await index.put(entries.of('why?'), axis(0));
        expect(await index.delete(entries.tenantId, entry.id)).toBe(true);
        expect(await index.delete(entries.tenantId, entry.id)).toBe(false);
        expect((await index.get(entries.tenantId, entry.id)).hit).toBe(false);
        expect(await questions(axis(0))).toEqual(['why?']);
      });

      it('removes what was built on a document, in every scope', async () => {
        const [a, b] = [randomUUID(), randomUUID()];
        await index.put(entries.of('on a', { documentIds: [a] }), axis(0));
        await index.put(entries.of('on both', { documentIds: [a, b], scopeHash: 'e'.repeat(64) }), axis(0));
        await index.put(entries.of('on b', { documentIds: [b] }), axis(0));
        expect(await index.deleteByDocument(entries.tenantId, a)).toBe(2);
        expect(await index.deleteByDocument(entries.tenantId, a)).toBe(0);
        expect(await questions(axis(0))).toEqual(['on b']);
        expect(await questions(axis(0), 5, 0.5, 'e'.repeat(64))).toEqual([]);
        expect((await index.stats(entries.tenantId)).entries).toBe(1);
      });

      it('removes a collection, and then a tenant', async () => {
        const other = randomUUID();
        await index.put(entries.of('one'), axis(0));
        await index.put(entries.of('two', { scopeHash: 'e'.repeat(64) }), axis(0));
        await index.put(entries.of('three', { scopeHash: 'd'.repeat(64), collectionId: other }), axis(0));
        await index.put(entries.of('four', { scopeHash: 'c'.repeat(64), collectionId: other }), null);
        expect(await index.deleteByCollection(entries.tenantId, entries.collectionId)).toBe(2);
        expect((await index.stats(entries.tenantId)).entries).toBe(2);
        expect(await index.deleteAll(entries.tenantId)).toBe(2);
        expect(await index.stats(entries.tenantId)).toEqual({ entries: 0, bytes: 0 });
      });

      it('removes many at once', async () => {
        for (let i = 0; i < 130; i++) await index.put(entries.of(`q${i}`), axis(0));
        expect((await index.stats(entries.tenantId)).entries).toBe(130);
        expect(await index.deleteByDocument(entries.tenantId, entries.documentId)).toBe(130);
        expect(await questions(axis(0))).toEqual([]);
      });
    });

    it('counts entries and bytes', async () => {
      expect(await index.stats(entries.tenantId)).toEqual({ entries: 0, bytes: 0 });
      for (let i = 0; i < 10; i++)
        await index.put(entries.of(`q${i}`, { response: 'x'.repeat(2_000) }), axis(0));
      const { entries: count, bytes } = await index.stats(entries.tenantId);
      expect(count).toBe(10);
      expect(bytes).toBeGreaterThan(20_000);
      expect(bytes).toBeLessThan(80_000);
    });

    it('holds under concurrent use', async () => {
      await Promise.all(
        Array.from({ length: 60 }, async (_, i) => {
          await index.put(entries.of(`q${i % 10}`, { response: `${i}` }), axis(0));
          await nearest(axis(0));
          if (i % 7 === 0) await index.delete(entries.tenantId, entries.of(`q${i % 10}`).id);
        }),
      );
      const { entries: count } = await index.stats(entries.tenantId);
      const found = await nearest(axis(0), 20);
      expect(found).toHaveLength(count);
      expect(new Set(found.map(({ entry }) => entry.id)).size).toBe(count);
    });
  });
}
