import countWords from '../../test/support/count-words';
import { chunksOf } from '../../test/support/chunks-of';
import type { ChunkingOptions } from './chunk';
import { chunkBySentence } from './sentence-chunker';

const options: ChunkingOptions = {
  maxTokens: 12,
  minTokens: 0,
  overlapTokens: 0,
  driftThreshold: 0.5,
  windowMaxTokens: 8,
  countTokens: countWords,
};
const never = () => Promise.reject(new Error('asked for vectors'));
const contents = async (text: string, settings: Partial<ChunkingOptions> = {}) =>
  (await chunksOf(chunkBySentence, text, { ...options, ...settings }, never)).map(({ content }) => content);

describe('chunkBySentence', () => {
  it('joins whole sentences up to the maximum, over paragraphs', async () => {
    expect(
      await contents('Dr. Who met us. It rained all day.\n\nWe went home. Nobody said a word all the way.'),
    ).toEqual(['Dr. Who met us. It rained all day.\n\nWe went home.', 'Nobody said a word all the way.']);
  });

  it('repeats whole sentences as overlap', async () => {
    const text = 'One two three four. Five six seven. Eight nine ten. Eleven twelve thirteen.';
    expect(await contents(text, { overlapTokens: 4 })).toEqual([
      'One two three four. Five six seven.',
      'Five six seven. Eight nine ten. Eleven twelve thirteen.',
    ]);
  });

  it('goes on with a chunk where the library is given the next stretch of text', async () => {
    const text = Array.from({ length: 3000 }, (_, i) => `Sentence ${i} is here.`).join(' ');
    const chunks = await contents(text);
    expect(chunks).toHaveLength(1000);
    expect(chunks.join(' ')).toBe(text);
  });
});
