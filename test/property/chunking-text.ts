import fc from 'fast-check';

const WORDS = [
  'alpha',
  'Dr. Who',
  'e.g. this',
  '3.14',
  'https://a.b/c?d=1.',
  'x',
  'naïve',
  'U.S. Navy',
  'I',
  'no. 5',
];
const ODD = [
  '\u200b',
  '\u200d',
  '\ufeff',
  '\ud83d',
  '\ude00',
  '😀',
  '👩‍👩‍👧‍👦',
  '🇩🇪',
  'e\u0301',
  'שלום',
  'مرحبا',
  '日本語。',
  '한국어',
  '\u0000',
  '\t',
  '\r',
  '\u2028',
  '\u00a0',
  '`',
  '|',
  '#',
  '<',
  '>',
  '-',
  '=',
  '*',
  '_',
  '~~~',
  '```',
  '\\',
  '.',
  '?!',
  '...',
];
const LINES = [
  '# Title',
  '## Sub #',
  'Setext\n===',
  'Setext\n---',
  '---',
  '***',
  '```js',
  '```',
  '~~~',
  '    indented',
  '> quote',
  '- item',
  '  - nested',
  '1. first',
  '2) second',
  '| a | b |',
  '|---|---|',
  '| 1 | 2 |',
  '<div>',
  '</div>',
  '<!-- c',
  '-->',
  '<pre>',
  '</pre>',
  '',
  '',
  '   ',
  '\t',
  '= Wiki =',
  '[a]: http://b',
];

const prose = fc
  .array(fc.constantFrom(...WORDS, '. ', '! ', ', ', ' '), { maxLength: 60 })
  .map((parts) => parts.join(' '));
const odd = fc
  .array(fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 80 })
  .map((parts) => parts.join(''));
const lone = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
  .map((codes) => String.fromCharCode(...codes));
const run = fc
  .tuple(
    fc.constantFrom(
      'a',
      ' ',
      '\n',
      '😀',
      '\ud800',
      '.',
      '. ',
      '`',
      '|',
      '|-',
      '#',
      '日',
      '\u200b',
      'e\u0301\u0301',
      '> ',
      '- ',
    ),
    fc.integer({ min: 1, max: 3000 }),
  )
  .map(([unit, times]) => unit.repeat(times));

/** Markdown, prose, control characters, halves of surrogate pairs and long runs, in any mixture. */
export const hostileText = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...LINES) },
      { weight: 4, arbitrary: prose },
      odd,
      lone,
      run,
    ),
    { maxLength: 24, size: 'max' },
  )
  .chain((lines) =>
    fc
      .array(fc.constantFrom('\n', '\n', '\n', '\n\n', '\n\n', '\r\n', ' ', ''), {
        minLength: lines.length,
        maxLength: lines.length,
      })
      .map((ends) => lines.map((line, i) => line + ends[i]).join('')),
  );

/** Counters that behave like real tokenizers: by word, by character, by byte, with runs folded. */
export const tokenCounters: Record<string, (text: string) => number> = {
  words: (text) => text.match(/\S+/g)?.length ?? 0,
  fourths: (text) => Math.ceil(text.length / 4),
  codePoints: (text) => [...text].length,
  bytes: (text) => Buffer.byteLength(text),
  foldedRuns: (text) => text.replace(/(.)\1+/gsu, '$1').length,
};

/** A deterministic vector of 8 dimensions that depends on the words of a text. */
export function toyVector(text: string): Float32Array {
  const vector = new Float32Array(8).fill(0.01);
  for (const word of text.slice(0, 2000).split(/\s+/)) {
    let hash = 7;
    for (let i = 0; i < word.length; i++) hash = (hash * 31 + word.charCodeAt(i)) >>> 0;
    vector[hash % 8] += 1;
  }
  const norm = Math.hypot(...vector);
  return vector.map((x) => x / norm);
}
