import { CHUNKERS, type ChunkerName } from '../src/chunking/chunkers';
import { ChunkingService } from '../src/chunking/chunking.service';
import type { AppConfig } from '../src/config/app-config';
import type { EmbeddingModel } from '../src/models/embedding-model';
import { EvaluationInputError } from './evaluation';

/** A chunker under evaluation: text in, the texts of its chunks out. */
export interface TextCutter {
  name: string;
  cut(text: string): Promise<string[]>;
}

/**
 * The names that `--chunker` means.
 * @param flag a chunker's name; `all` or nothing for all of them
 * @throws EvaluationInputError naming those that there are
 */
export function chunkerNames(flag: unknown): ChunkerName[] {
  const names = Object.keys(CHUNKERS) as ChunkerName[];
  if (flag === undefined || flag === 'all') return names;
  const chosen = names.find((name) => name === flag);
  if (!chosen) throw new EvaluationInputError(`there is no chunker "${String(flag)}"; ${names.join(', ')}`);
  return [chosen];
}

/** The service's chunkers with its configured sizes; each window is embedded once, however often it occurs. */
export function serviceCutters(
  names: readonly ChunkerName[],
  config: AppConfig,
  model: EmbeddingModel,
): TextCutter[] {
  const chunking = new ChunkingService(config);
  const known = new Map<string, Float32Array>();
  const embed = async (texts: readonly string[]) => {
    const fresh = [...new Set(texts)].filter((text) => !known.has(text));
    for (let i = 0; i < fresh.length; i += model.maxBatchSize) {
      const batch = fresh.slice(i, i + model.maxBatchSize);
      const vectors = await model.embed(batch);
      batch.forEach((text, j) => known.set(text, vectors[j]));
    }
    return texts.map((text) => known.get(text)!);
  };
  return names.map((chunker) => ({
    name: chunker,
    cut: async (text) =>
      (await chunking.chunk(text, { chunker }, model, embed)).map(({ content }) => content),
  }));
}
