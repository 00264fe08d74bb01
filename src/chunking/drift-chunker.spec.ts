import countWords from '../../test/support/count-words';
import { chunksOf } from '../../test/support/chunks-of';
import type { Boundary, ChunkingOptions } from './chunk';
import { chunkByDrift } from './drift-chunker';

const options: ChunkingOptions = {
  maxTokens: 60,
  minTokens: 10,
  overlapTokens: 0,
  driftThreshold: 0.5,
  windowMaxTokens: 40,
  countTokens: countWords,
};
/** Two subjects, told apart by one word. */
const embed = async (texts: readonly string[]) =>
  texts.map((text) => Float32Array.from(/sea/.test(text) ? [1, 0] : [0, 1]));

const sentence = (subject: string, i: number) =>
  `Number ${i} of the sentences that are about the ${subject} ends here and nowhere else at all today.`;
const paragraph = (subject: string, count: number) =>
  Array.from({ length: count }, (_, i) => sentence(subject, i)).join(' ');

describe('chunkByDrift', () => {
  it('cuts where the subject changes, though the budget has room', async () => {
    const text = `${paragraph('sea', 4)} ${paragraph('desert', 4)}`;
    const chunks = await chunksOf(chunkByDrift, text, { ...options, maxTokens: 150 }, embed);
    expect(chunks.map(({ content }) => /sea/.test(content) && /desert/.test(content))).toEqual([
      false,
      false,
    ]);
  });

  it('asks for each window once, in one call', async () => {
    const calls: (readonly string[])[] = [];
    const text = `${paragraph('sea', 9)}\n\n${paragraph('desert', 9)}`;
    const chunks = await chunksOf(chunkByDrift, text, options, (texts) => (calls.push(texts), embed(texts)));
    const windows = chunks.flatMap((chunk) => chunk.windows.map(({ start, end }) => text.slice(start, end)));
    expect(calls).toEqual([windows]);
  });

  it('knows the headings that a chunk stands under', async () => {
    const text = `# Sea\n\n${paragraph('sea', 3)}\n\n## Deep\n\n${paragraph('sea', 3)}`;
    const chunks = await chunksOf(chunkByDrift, text, { ...options, maxTokens: 120 }, embed);
    expect(chunks.map(({ headingPath }) => headingPath)).toEqual([['Sea'], ['Sea', 'Deep']]);
    expect(chunks[1].content.startsWith('## Deep')).toBe(true);
  });

  it('joins what is below the minimum with a neighbour', async () => {
    const text = Array.from({ length: 30 }, (_, i) => `# H${i}\n\nOne two three.`).join('\n\n');
    const chunks = await chunksOf(chunkByDrift, text, options, embed);
    expect(Math.min(...chunks.map(({ tokenCount }) => tokenCount))).toBeGreaterThanOrEqual(10);
  });

  it('repeats whole windows as overlap, within the maximum', async () => {
    const text = paragraph('sea', 20);
    const chunks = await chunksOf(
      chunkByDrift,
      text,
      { ...options, maxTokens: 80, overlapTokens: 40 },
      embed,
    );
    for (let i = 1; i < chunks.length; i++) expect(chunks[i].start).toBeLessThan(chunks[i - 1].end);
    expect(Math.max(...chunks.map(({ tokenCount }) => tokenCount))).toBeLessThanOrEqual(80);
  });

  it('tells every place that it considered, and why it cut', async () => {
    const text = `${paragraph('sea', 4)} ${paragraph('desert', 4)}\n\n# Coast\n\n${paragraph('sea', 2)}`;
    const told: Boundary[] = [];
    const onBoundary = (boundary: Boundary) => told.push(boundary);
    const chunks = await chunksOf(chunkByDrift, text, { ...options, maxTokens: 150, onBoundary }, embed);
    const windows = chunks.flatMap((chunk) => chunk.windows);
    expect(told.map(({ offset }) => offset)).toEqual(windows.slice(1).map(({ start }) => start));
    const cuts = told.filter(({ reason }) => reason !== null);
    expect(cuts.map(({ offset }) => offset)).toEqual(chunks.slice(1).map(({ start }) => start));
    expect(cuts.map(({ parts, reason }) => [parts, reason])).toEqual([
      ['sentence', 'drift'],
      ['section', 'section'],
    ]);
    expect(cuts[0].similarity).toBeCloseTo(0);
    expect(cuts[0].drift).toBeGreaterThan(0.5);
  });

  it('gives no chunk for blank text, and asks nothing', async () => {
    const never = () => Promise.reject(new Error('asked'));
    expect(await chunksOf(chunkByDrift, ' \n ', options, never)).toEqual([]);
    expect(await chunksOf(chunkByDrift, 'One window.', options, never)).toHaveLength(1);
  });
});
