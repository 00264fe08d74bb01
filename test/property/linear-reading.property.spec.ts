import { questionComplexity } from '../../src/generation/question-complexity';
import { carryOver, isStandalone } from '../../src/generation/follow-up';
import { CitationFilter } from '../../src/generation/citations';
import { quotableSentences } from '../../src/generation/drivers/sentences';
import { markdownTitle } from '../../src/ingestion/parsers/markdown-title';
import { decodeText } from '../../src/ingestion/sources/decode-text';
import { canonicalQuestion } from '../../src/semantic-cache/canonical-question';
import { comparePair } from '../../src/semantic-cache/question-verifier';
import { isComparable, readQuestion } from '../../src/semantic-cache/verifier/question';
import { focusOf } from '../../src/text-analysis/question-focus';
import { detectLanguage } from '../../src/text-analysis/search-language';
import { splitSentences } from '../../src/text-analysis/sentence-scanner';
import { statementsOf } from '../../src/text-analysis/statements';
import { separateWords } from '../../src/text-analysis/unspaced-scripts';
import { readWords } from '../../src/text-analysis/words';

/** What is repeated: characters and words that some pattern runs over, alone and in pairs. */
const PIECES = (
  '? ! . , ; : … 。 ؟ - _ + @ # * ` " \' ( ) [ ] < / % & = a 1 B é the that it is thanks please than or would how more ' +
  '\n \t \u2028 \u3000 a- a. .a 1, 1/ 1. a\' a@ [1] [1, <c <meta ``` ?! !? ." A. "a n\'t 1a #a ? '
).split(' ');
const SPACES = [
  ' ',
  '\n ',
  '\n\t',
  '\n  ',
  ' \t',
  '? ',
  'that ',
  'is it ',
  'in ',
  'how is ',
  'more ',
  'A b ',
  '\n\n',
];
const REPEATED = [...PIECES.filter(Boolean), ...SPACES];
/** What makes a pattern that ran to the end fail there. */
const ENDS = ['', 'x', '?', ' x'];

/** What a request or document reaches, and the longest text that each may get (UTF-16 code units). */
const READERS: readonly [name: string, longest: number, read: (text: string) => unknown][] = [
  ['canonicalQuestion', 8_000, canonicalQuestion],
  ['readWords', 8_000, readWords],
  ['focusOf', 8_000, focusOf],
  ['isComparable', 8_000, isComparable],
  [
    'comparePair',
    8_000,
    (text) => isComparable(text) && comparePair(readQuestion(text), readQuestion(`${text} a`)),
  ],
  ['statementsOf', 20_000, statementsOf],
  ['detectLanguage', 20_000, detectLanguage],
  ['separateWords', 20_000, separateWords],
  ['isStandalone', 8_000, isStandalone],
  ['carryOver', 8_000, (text) => carryOver(text, [text])],
  ['questionComplexity', 8_000, (text) => questionComplexity(text)],
  ['splitSentences', 20_000, splitSentences],
  ['quotableSentences', 20_000, quotableSentences],
  ['markdownTitle', 20_000, (text) => markdownTitle(`# ${text}`)],
  [
    'decodeText',
    20_000,
    (text) => decodeText(Buffer.from(`<meta ${text}\u00ff`, 'latin1'), text.slice(0, 8_000)),
  ],
  [
    'CitationFilter',
    20_000,
    (text) => {
      const filter = new CitationFilter(3);
      return filter.push(text) + filter.end();
    },
  ],
];

/** CPU time of this process, so that other programs on the machine do not count; the least of some runs. */
function cpuMilliseconds(read: () => unknown, runs: number): number {
  const times = Array.from({ length: runs }, () => {
    const start = process.cpuUsage();
    read();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

/**
 * Linear patterns take 1 to 20 ms for these lengths. The square of the length takes a quarter of a second, its cube
 * half a minute.
 */
const LIMIT_MS = 150;

const pumped = (piece: string, end: string, length: number) =>
  `a${piece.repeat(Math.ceil(length / piece.length))}`.slice(0, length - end.length) + end;

// A pattern that takes the cube of the length would run for minutes: each case is one text, and its time is its own.
jest.setTimeout(120_000);

describe('the longest text allowed', () => {
  it.each(READERS)('takes linear time: %s', (_, longest, read) => {
    const slow: string[] = [];
    for (const piece of REPEATED)
      for (const end of ENDS) {
        // A quarter of it first: what is far from linear shows there, in a fraction of the time.
        for (const length of [longest / 4, longest]) {
          const text = pumped(piece, end, length);
          let took = cpuMilliseconds(() => read(text), 1);
          // Read again, without the question's own memory, before it is called slow.
          if (took > LIMIT_MS)
            took = cpuMilliseconds(() => read(`${text.slice(0, -1 - end.length)}${end} `), 3);
          if (took > LIMIT_MS) {
            slow.push(`${JSON.stringify(piece)} ends with ${JSON.stringify(end)}: ${Math.round(took)} ms`);
            break;
          }
        }
      }
    expect(slow).toEqual([]);
  });

  it('would be noticed otherwise: a pattern that takes the square is too slow', () => {
    const text = pumped('?', 'x', 30_000);
    expect(cpuMilliseconds(() => /\?+$/.test(text), 3)).toBeGreaterThan(LIMIT_MS);
  });
});
