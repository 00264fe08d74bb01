import { RecursiveCharacterTextSplitter } from '@langchain/textsplitters';
import countWords from '../../test/support/count-words';
import { chunksOf } from '../../test/support/chunks-of';
import type { ChunkingOptions } from './chunk';
import { chunkRecursively } from './recursive-chunker';

const options: ChunkingOptions = {
  maxTokens: 20,
  minTokens: 0,
  overlapTokens: 0,
  driftThreshold: 0.5,
  windowMaxTokens: 8,
  countTokens: countWords,
};
const never = () => Promise.reject(new Error('asked for vectors'));
const paragraph = (i: number) => Array.from({ length: 7 + (i % 5) }, (_, j) => `p${i}w${j % 3}`).join(' ');
const text = `# Head\n\n${Array.from({ length: 30 }, (_, i) => paragraph(i)).join('\n\n')}`;

describe('chunkRecursively', () => {
  it.each([0, 8])('cuts as the library does, with offsets and headings (overlap %d)', async (overlap) => {
    const settings = { ...options, overlapTokens: overlap };
    const chunks = await chunksOf(chunkRecursively, text, settings, never);
    const library = new RecursiveCharacterTextSplitter({
      chunkSize: 20,
      chunkOverlap: overlap,
      lengthFunction: countWords,
    });
    expect(chunks.map(({ content }) => content)).toEqual(await library.splitText(text));
    for (const { start, end, content } of chunks) expect(text.slice(start, end)).toBe(content);
    expect(chunks.every(({ headingPath }) => headingPath.join() === 'Head')).toBe(true);
  });

  it('makes windows that the model can read', async () => {
    const [chunk] = await chunksOf(chunkRecursively, text, options, never);
    const sizes = chunk.windows.map(({ start, end }) => countWords(text.slice(start, end)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(chunk.tokenCount);
  });
});
