import type { Chunk } from '../src/chunking/chunk';
import { CHUNKER_NAMES, type ChunkerName } from '../src/chunking/chunkers';
import type { ChunkingService } from '../src/chunking/chunking.service';
import type { EmbeddingModel } from '../src/models/embedding-model';
import { EvaluationInputError } from './evaluation';
import { cutWithPeer, PEER_NAMES, type PeerName } from './peer-chunkers';

/** A chunker under evaluation: one of the service's own, or one of another project. */
export type CutterName = ChunkerName | PeerName;

/** The chunker that others are compared with. */
export const REFERENCE: ChunkerName = 'drift';

const NAMES: readonly CutterName[] = [...CHUNKER_NAMES, ...PEER_NAMES];

/**
 * The chunkers that `--chunker` names, the reference first if it is among them.
 * @param flag names; `all` or nothing for all of them
 * @throws EvaluationInputError naming those that there are
 */
export function chunkerNames(flag: unknown): readonly CutterName[] {
  const asked = Array.isArray(flag) ? flag.map(String) : ['all'];
  if (asked.includes('all')) return NAMES;
  const unknown = asked.find((name) => !(NAMES as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new EvaluationInputError(`there is no chunker "${unknown}"; ${NAMES.join(', ')}`);
  return NAMES.filter((name) => asked.includes(name));
}

export function isOwn(name: CutterName): name is ChunkerName {
  return (CHUNKER_NAMES as readonly string[]).includes(name);
}

/** Makes a function that cuts texts with a chunker as the service would; each window is embedded once in its life. */
export function textCutter(
  name: CutterName,
  chunking: ChunkingService,
  model: EmbeddingModel,
): (text: string) => Promise<readonly Chunk[]> {
  if (!isOwn(name)) return (text) => cutWithPeer(name, text, (part) => model.countTokens(part));
  const embed = remembering(model);
  return async (text) => (await chunking.chunk(text, { chunker: name }, model, embed)).chunks;
}

function remembering(model: EmbeddingModel): (texts: readonly string[]) => Promise<Float32Array[]> {
  const known = new Map<string, Float32Array>();
  return async (texts) => {
    const fresh = [...new Set(texts)].filter((text) => !known.has(text));
    for (let i = 0; i < fresh.length; i += model.maxBatchSize) {
      const batch = fresh.slice(i, i + model.maxBatchSize);
      const vectors = await model.embed(batch);
      batch.forEach((text, j) => known.set(text, vectors[j]));
    }
    return texts.map((text) => known.get(text)!);
  };
}
