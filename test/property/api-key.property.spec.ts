import fc from 'fast-check';
import { lookupOf, matchesKey, mintKey } from '../../src/auth/api-key-secret';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const HEX = '0123456789abcdef';

const stringOf = (alphabet: string, length: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length });

/** Strings of the form of a key. */
const keys = fc
  .tuple(stringOf(HEX, 16), stringOf(BASE64URL, 43))
  .map(([lookup, secret]) => `eg_${lookup}_${secret}`);

describe('API keys', () => {
  it('the generator makes well-formed keys, and so does the mint', () => {
    fc.assert(fc.property(keys, (key) => lookupOf(key) !== null));
    for (let i = 0; i < 100; i++) expect(lookupOf(mintKey().key)).not.toBeNull();
  });

  it('a minted key passes; no other well-formed key does, even under the same lookup', () => {
    const minted = mintKey();
    expect(matchesKey(minted.key, minted)).toBe(true);
    fc.assert(
      fc.property(keys, (wrong) => {
        const sameLookup = `eg_${minted.lookup}_${wrong.split('_').slice(2).join('_')}`;
        return !matchesKey(wrong, minted) && (sameLookup === minted.key || !matchesKey(sameLookup, minted));
      }),
    );
  });

  it('one changed, added or removed character makes a key worthless', () => {
    const minted = mintKey();
    fc.assert(
      fc.property(
        fc.nat(minted.key.length - 1),
        fc.constantFrom(...BASE64URL),
        fc.constantFrom('change', 'insert', 'remove'),
        (at, character, what) => {
          const rest = minted.key.slice(what === 'insert' ? at : at + 1);
          const wrong = minted.key.slice(0, at) + (what === 'remove' ? '' : character) + rest;
          return wrong === minted.key || !matchesKey(wrong, minted);
        },
      ),
    );
  });

  it('no arbitrary string passes or throws', () => {
    const minted = mintKey();
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !matchesKey(text, minted)));
  });

  it('never repeats a lookup, salt, secret or hash; the hash of a secret differs per salt', () => {
    const minted = Array.from({ length: 500 }, () => mintKey());
    for (const part of [
      minted.map(({ key }) => key),
      minted.map(({ lookup }) => lookup),
      minted.map(({ salt }) => salt.toString('hex')),
      minted.map(({ hash }) => hash.toString('hex')),
    ])
      expect(new Set(part).size).toBe(minted.length);
    const [one, other] = minted;
    expect(matchesKey(one.key, { ...one, salt: other.salt })).toBe(false);
  });
});
