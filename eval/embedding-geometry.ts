import { l2Normalise, meanDirection } from '../src/common/vector';
import type { EmbeddingModel } from '../src/models/embedding-model';

/**
 * How the vectors of a model lie: as they are; with a component that all share, so that no two are far from each other;
 * or without what all share, so that unrelated ones are orthogonal.
 */
export const GEOMETRIES = ['raw', 'squeezed', 'spread'] as const;
export type Geometry = (typeof GEOMETRIES)[number];

/** Turns a cosine similarity of -0.11 to 1 into one of 0.7 to 1. */
const SHARED_COMPONENT = Math.sqrt(2.7);

/** The vectors of a model in another geometry. */
export class GeometryEmbedding {
  /** Length of the vectors. */
  readonly dimensions: number;

  private constructor(
    private readonly model: EmbeddingModel,
    private readonly geometry: Geometry,
    private readonly mean: Float64Array,
  ) {
    this.dimensions = model.dimensions + (geometry === 'squeezed' ? 1 : 0);
  }

  /** @param sample texts whose mean vector stands for what all texts share; at least one for `spread` */
  static async of(
    model: EmbeddingModel,
    geometry: Geometry,
    sample: readonly string[],
  ): Promise<GeometryEmbedding> {
    const mean = new Float64Array(model.dimensions);
    if (geometry === 'spread')
      for (const vector of await embedWhole(model, sample))
        vector.forEach((component, i) => (mean[i] += component / sample.length));
    return new GeometryEmbedding(model, geometry, mean);
  }

  /** @returns one L2-normalised vector per text, of all that the text holds */
  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    return (await embedWhole(this.model, texts)).map((vector) => this.transform(vector));
  }

  private transform(vector: Float32Array): Float32Array {
    switch (this.geometry) {
      case 'raw':
        return vector;
      case 'squeezed':
        return l2Normalise([...vector, SHARED_COMPONENT]);
      case 'spread':
        return l2Normalise(vector.map((component, i) => component - this.mean[i]));
    }
  }
}

/** Vectors of texts that may be longer than the model reads: of those, the direction of all their windows. */
async function embedWhole(model: EmbeddingModel, texts: readonly string[]): Promise<Float32Array[]> {
  const windows = texts.map((text) => windowsOf(model, text));
  const flat = windows.flat();
  const vectors: Float32Array[] = [];
  for (let i = 0; i < flat.length; i += model.maxBatchSize)
    vectors.push(...(await model.embed(flat.slice(i, i + model.maxBatchSize))));
  let next = 0;
  return windows.map(({ length }) => meanDirection(vectors.slice(next, (next += length))));
}

/** A text cut between words so that the model reads each part whole. */
function windowsOf(model: EmbeddingModel, text: string): string[] {
  if (model.countTokens(text) <= model.maxInputTokens) return [text];
  const windows: string[] = [];
  let window = '';
  for (const word of text.match(/\S+\s*/g) ?? [text]) {
    if (window !== '' && model.countTokens(window + word) > model.maxInputTokens) {
      windows.push(window);
      window = '';
    }
    window += word;
  }
  return [...windows, window];
}
