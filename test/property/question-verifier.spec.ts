import * as fc from 'fast-check';
import { l2Normalise } from '../../src/common/vector';
import { comparePair, verifyMatch } from '../../src/semantic-cache/question-verifier';
import { backgroundOf, SimilarityScale } from '../../src/semantic-cache/similarity-scale';
import { isComparable, readQuestion } from '../../src/semantic-cache/verifier/question';
import { focusOf, isPlainText, splitParts, withoutSharedParts } from '../../src/text-analysis/question-focus';

const OPENINGS = [
  'what is',
  'how do i change',
  'is there',
  'why does it need',
  'who checks',
  'when do they test',
];
const NOUNS = 'anchor rudder cabin galley mooring permit lantern compass ballast harbour crew voyage'.split(
  ' ',
);
const EXTRAS = 'wooden blue quiet heavy broken spare'.split(' ');

const opening = fc.constantFrom(...OPENINGS);
const nouns = fc.uniqueArray(fc.constantFrom(...NOUNS), { minLength: 2, maxLength: 5 });
/** Words of a question that contradicts nothing: the opening, then things. */
const question = fc.tuple(opening, nouns).map(([first, things]) => `${first} the ${things.join(' of the ')}`);
const similarity = fc.double({ min: 0, max: 1, noNaN: true });
const anyText = fc.string({ unit: 'grapheme', maxLength: 80 });
const part = fc.constantFrom(
  ...'Where is the crew?|You are kind. |Thanks.| \n|{"q":"Why now?"}|a b c d e f g h| so be it; |Is it?|| x |。|!'.split(
    '|',
  ),
);
const longText = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(' '));

const pairOf = (asked: string, stored: string) => comparePair(readQuestion(asked), readQuestion(stored));
const visible = (text: string) => [...text.replace(/\s/gu, '')].sort().join('');

describe('a question', () => {
  it('matches itself, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(question, anyText, longText), similarity, (text, cosine) => {
        expect(verifyMatch(pairOf(text, text), cosine).certainty).toBe(1);
      }),
      { numRuns: 500 },
    );
  });

  const additions = fc.constantFrom(
    '7',
    '1999',
    'v2.4',
    '/v2/boats',
    'in Halden',
    'from Meridian',
    'not',
    'without',
  );
  it('is never served to or from one with a number, an identifier, a name or a negation more', () => {
    fc.assert(
      fc.property(question, additions, similarity, fc.boolean(), (text, addition, cosine, isStored) => {
        const more = `${text} ${addition}`;
        const pair = isStored ? pairOf(text, more) : pairOf(more, text);
        const verdict = verifyMatch(pair, cosine);
        expect(verdict.refusal).not.toBeNull();
        expect(verdict.logit).toBe(-Infinity);
      }),
      { numRuns: 500 },
    );
  });

  it('is never served where a contradiction is found, however alike', () => {
    fc.assert(
      fc.property(fc.oneof(question, anyText), fc.oneof(question, anyText), similarity, (a, b, cosine) => {
        const pair = pairOf(a, b);
        const verdict = verifyMatch(pair, cosine);
        if (pair.contradiction !== null)
          expect(verdict).toMatchObject({ refusal: pair.contradiction, certainty: 0 });
      }),
      { numRuns: 500 },
    );
  });

  it('is no surer a match for a stored question with words more', () => {
    const extras = fc.uniqueArray(fc.constantFrom(...EXTRAS), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(question, question, extras, similarity, (asked, stored, words, cosine) => {
        const before = verifyMatch(pairOf(asked, stored), cosine);
        const after = verifyMatch(pairOf(asked, `${stored} ${words.join(' ')}`), cosine);
        expect(after.certainty).toBeLessThanOrEqual(before.certainty);
      }),
      { numRuns: 500 },
    );
  });

  it('is surer a match the more alike the vectors are', () => {
    fc.assert(
      fc.property(question, question, similarity, similarity, (a, b, x, y) => {
        const [low, high] = [x, y]
          .sort((p, q) => p - q)
          .map((cosine) => verifyMatch(pairOf(a, b), cosine).logit);
        expect(high).toBeGreaterThanOrEqual(low);
      }),
    );
  });
});

describe('relative similarity', () => {
  const vectors = fc
    .array(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }), {
      minLength: 3,
      maxLength: 8,
    })
    .filter((rows) => rows.every((row) => Math.hypot(...row) > 0.1))
    .map((rows) => rows.map((row) => l2Normalise(row)));
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i], 0);

  it('is the same in a space where all texts share a component', () => {
    fc.assert(
      fc.property(vectors, fc.double({ min: 0, max: 2, noNaN: true }), (plain, shared) => {
        const squeezed = plain.map((vector) => l2Normalise([...vector, shared]));
        const [a, b] = [plain, squeezed].map((all) => {
          const background = backgroundOf(all);
          fc.pre(background < 0.9);
          return new SimilarityScale(background).relative(dot(all[0], all[1]));
        });
        expect(b).toBeCloseTo(a, 3);
      }),
    );
  });
});

describe('the parts of a text', () => {
  it('are the text, put together', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, longText), (text) => {
        expect(splitParts(text).join('')).toBe(text);
      }),
    );
  });

  it('are all in its focus or its context', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, longText), (text) => {
        const { focus, context } = focusOf(text);
        expect(visible(focus + context)).toBe(visible(text));
        if (context !== '') expect(text).toContain(focus);
      }),
      { numRuns: 500 },
    );
  });

  it('that two texts share are left out of both, whichever comes first', () => {
    fc.assert(
      fc.property(longText, longText, longText, longText, (start, end, a, b) => {
        const [x, y] = [`${start}\n${a}\n${end}`, `${start}\n${b}\n${end}`];
        const there = withoutSharedParts(x, y);
        const back = withoutSharedParts(y, x);
        expect(back).toEqual(there === null ? null : [there[1], there[0]]);
        for (const [i, text] of [x, y].entries()) if (there) expect(text).toContain(there[i]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('plain text', () => {
  const words = question.map((text) => text.split(' '));
  const place = fc.nat();
  const hidden = fc.oneof(
    fc.integer({ min: 0xe0020, max: 0xe007f }),
    fc.integer({ min: 0xfe00, max: 0xfe0f }),
    fc.integer({ min: 0xe0100, max: 0xe01ef }),
    fc.constantFrom(
      0x200b,
      0x200c,
      0x200d,
      0x200e,
      0x200f,
      0x202e,
      0x2060,
      0x2063,
      0xfeff,
      0xad,
      0,
      8,
      0x1b,
      0x7f,
    ),
  );

  it('holds nothing that readers do not see', () => {
    fc.assert(
      fc.property(question, hidden, place, (text, code, at) => {
        const i = at % (text.length + 1);
        expect(isPlainText(text)).toBe(true);
        const poisoned = text.slice(0, i) + String.fromCodePoint(code) + text.slice(i);
        expect(isPlainText(poisoned)).toBe(false);
        expect(isComparable(poisoned)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('holds no word of two alphabets', () => {
    const foreign = fc.constantFrom(...'аеорсухІϲοαν');
    fc.assert(
      fc.property(words, foreign, place, place, (list, letter, which, at) => {
        const word = list[which % list.length];
        const i = at % (word.length + 1);
        const mixed = word.slice(0, i) + letter + word.slice(i);
        expect(isPlainText(list.with(which % list.length, mixed).join(' '))).toBe(false);
        expect(isPlainText([...list, letter].join(' '))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
