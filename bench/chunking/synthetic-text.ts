import { seededRandom } from '../../test/support/seeded-random';

const SEED = 7;
const VOCABULARY = 50_000;
const SYLLABLES =
  'ba be bi bo da de di do ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to st er in an'.split(
    ' ',
  );

/**
 * Markdown like documentation: headings, paragraphs, lists, code, tables. Words follow Zipf's law, so that a token counter
 * with a word cache performs as on real text.
 * @param length in characters, which are bytes
 */
export function syntheticText(length: number): string {
  const random = seededRandom(SEED);
  const below = (limit: number) => Math.floor(random() * limit);
  const vocabulary = Array.from({ length: VOCABULARY }, () =>
    Array.from({ length: 1 + below(4) }, () => SYLLABLES[below(SYLLABLES.length)]).join(''),
  );
  // The frequency of the word of rank r is proportional to 1 / r.
  const word = () => vocabulary[Math.floor(VOCABULARY ** random()) - 1];
  const words = (count: number) => Array.from({ length: count }, word).join(' ');
  const sentence = () => {
    const text = words(6 + below(20));
    return `${text[0].toUpperCase()}${text.slice(1)}.`;
  };
  const lines = (line: () => string) => Array.from({ length: 2 + below(6) }, line).join('\n');
  const block = (): string => {
    const kind = random();
    if (kind < 0.1) return `${'#'.repeat(1 + below(3))} ${words(3)}`;
    if (kind < 0.2) return lines(() => `- ${words(4 + below(12))}`);
    if (kind < 0.25)
      return `\`\`\`js\n${lines(() => `${word()}.${word()}(${word()}, ${below(1000)});`)}\n\`\`\``;
    if (kind < 0.28)
      return `| ${word()} | ${word()} |\n|---|---|\n${lines(() => `| ${word()} | ${below(1e6)} |`)}`;
    return Array.from({ length: 1 + below(6) }, sentence).join(' ');
  };
  const blocks: string[] = [];
  for (let size = 0; size < length; size += blocks[blocks.length - 1].length + 2) blocks.push(block());
  return blocks.join('\n\n').slice(0, length);
}
