import * as fc from 'fast-check';
import { canonicalQuestion } from '../../src/semantic-cache/canonical-question';

const anyText = fc.string({ unit: 'grapheme', maxLength: 60 });
const pieces = fc.constantFrom(
  ...(
    'Hi, please|thanks|could you tell me|what|is|Is|the|US|us|C++|C#|-5|5!|??|?|.|,|"a b"|"x, y"|`a  b`|Turkey|I|don\'t|1½|10⁵|' +
    'a.b@x.org|https://x.org/?a=B|v1.2.3|…|—|№|ß|é|e\u0301|ﬁ|Ⅳ|你好？|\n|\n  x|\t|A|a|!|!=|()|hello'
  ).split('|'),
);
const question = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(' '));
const words = fc.array(fc.constantFrom('how', 'do', 'i', 'reset', 'my', 'password', 'today', 'card'), {
  minLength: 1,
  maxLength: 8,
});

describe('canonicalQuestion', () => {
  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, question), (text) => {
        const once = canonicalQuestion(text);
        expect(canonicalQuestion(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it('is empty only for text that holds nothing visible', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, question), (text) => {
        if (/[\p{L}\p{N}\p{P}\p{S}]/u.test(text)) expect(canonicalQuestion(text)).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  });

  it('gives Unicode forms of one text one key', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, question), (text) => {
        expect(canonicalQuestion(text.normalize('NFD'))).toBe(canonicalQuestion(text.normalize('NFC')));
      }),
      { numRuns: 2000 },
    );
  });

  it('ignores case of the first letter, extra space, end punctuation and courtesy of a plain question', () => {
    const dressings = [
      (s: string) => `${s}?`,
      (s: string) => `  ${s.replaceAll(' ', '   ')} ?`,
      (s: string) => s[0].toUpperCase() + s.slice(1),
      (s: string) => `Hi, ${s}`,
      (s: string) => `${s}, please`,
      (s: string) => `${s}?? Thanks!`,
    ];
    fc.assert(
      fc.property(words, fc.constantFrom(...dressings), (list, dress) => {
        const plain = `what ${list.join(' ')}`;
        expect(canonicalQuestion(dress(plain))).toBe(canonicalQuestion(plain));
      }),
    );
  });

  it('keeps different numbers apart, whatever they look like', () => {
    const number = fc.oneof(
      fc.integer({ min: -99999, max: 99999 }).map(String),
      fc.double({ min: -1000, max: 1000, noNaN: true }).map((x) => x.toFixed(2)),
      fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((v) => `v${v.join('.')}`),
      fc.nat(100).map((n) => `${n}%`),
      fc.nat(100).map((n) => `$${n}`),
    );
    fc.assert(
      fc.property(words, number, number, fc.nat(8), (list, a, b, at) => {
        fc.pre(a !== b);
        const withNumber = (n: string) => [...list.slice(0, at), n, ...list.slice(at)].join(' ');
        expect(canonicalQuestion(withNumber(a))).not.toBe(canonicalQuestion(withNumber(b)));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps characters that nobody sees, wherever they stand inside', () => {
    const invisible = fc.constantFrom(
      ...'\u200B\u200C\u200D\u200E\u200F\u2060\uFEFF\u00AD\u2063\uFE0F\u{E0041}',
    );
    fc.assert(
      fc.property(words, invisible, fc.nat(), (list, character, at) => {
        const plain = `Hi, what ${list.join(' ')}?`;
        const place = 1 + (at % (plain.length - 1));
        const poisoned = plain.slice(0, place) + character + plain.slice(place);
        expect(canonicalQuestion(poisoned)).not.toBe(canonicalQuestion(plain));
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps a change of any word of a plain question', () => {
    fc.assert(
      fc.property(words, fc.nat(7), (list, at) => {
        const other = list.map((word, i) => (i === at % list.length ? 'something' : word));
        expect(canonicalQuestion(other.join(' '))).not.toBe(canonicalQuestion(list.join(' ')));
      }),
    );
  });
});
