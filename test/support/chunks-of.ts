import type { Chunk, Chunker, ChunkingOptions } from '../../src/chunking/chunk';

/** All chunks of a text, in order, by a chunker whose windows are embedded as texts. */
export async function chunksOf(
  chunker: Chunker,
  text: string,
  options: ChunkingOptions,
  embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>,
): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  const embedWindows = (windows: readonly { start: number; end: number }[]) =>
    embed(windows.map(({ start, end }) => text.slice(start, end)));
  for await (const chunk of chunker(text, options, embedWindows)) chunks.push(chunk);
  return chunks;
}
