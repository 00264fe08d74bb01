import { dotProduct, l2Normalise } from '../src/common/vector';
import type { EmbeddingModel } from '../src/models/embedding-model';
import { wordHashEmbedding } from '../test/support/word-hash-embedding';
import { type Geometry, GeometryEmbedding } from './embedding-geometry';

const DIMENSIONS = 64;
const countWords = (text: string) => text.trim().split(/\s+/).length;

/** Hashes words, and reads the first eight of them. */
const model: EmbeddingModel = {
  name: 'words',
  dimensions: DIMENSIONS,
  maxInputTokens: 8,
  maxBatchSize: 4,
  tokenCounterModule: '',
  countTokens: countWords,
  embed: (texts) =>
    Promise.resolve(
      texts.map((text) =>
        l2Normalise(wordHashEmbedding(text.trim().split(/\s+/).slice(0, 8).join(' '), DIMENSIONS)),
      ),
    ),
  close: () => Promise.resolve(),
};

const texts = [
  'red ferry',
  'red ferry at noon',
  'green museum',
  'who pays the fee',
  'how long is the tour',
  'red',
];
const vectorsIn = async (geometry: Geometry) =>
  (await GeometryEmbedding.of(model, geometry, texts)).embed(texts);
const cosines = (vectors: readonly Float32Array[]) =>
  vectors.flatMap((a, i) => vectors.slice(0, i).map((b) => dotProduct(a, b)));

describe('GeometryEmbedding', () => {
  it('squeezes all similarities between 0.7 and 1 and keeps their order', async () => {
    const [raw, squeezed] = [cosines(await vectorsIn('raw')), cosines(await vectorsIn('squeezed'))];
    raw.forEach((cosine, i) => expect(squeezed[i]).toBeCloseTo((cosine + 2.7) / 3.7, 5));
  });

  it('spreads vectors around the origin', async () => {
    const mean = (all: readonly Float32Array[]) =>
      Math.hypot(...all[0].map((_, i) => all.reduce((sum, vector) => sum + vector[i], 0) / all.length));
    const [raw, spread] = [await vectorsIn('raw'), await vectorsIn('spread')];
    expect(mean(spread)).toBeLessThan(0.5 * mean(raw));
    for (const vector of spread) expect(dotProduct(vector, vector)).toBeCloseTo(1, 5);
  });

  it('reads all of a text that is longer than the model reads', async () => {
    const embedding = await GeometryEmbedding.of(model, 'raw', texts);
    const preamble = 'one two three four five six seven eight ';
    const [a, b] = await embedding.embed([`${preamble}ferry`, `${preamble}museum`]);
    expect(dotProduct(a, b)).toBeLessThan(0.9);
  });
});
