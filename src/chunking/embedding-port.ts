import { setImmediate } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import type { EmbedWindows } from './chunk';

/** Vectors copied before the event loop continues with other work. */
const VECTORS_AT_ONCE = 256;

/** All vectors, concatenated; null if embedding failed. */
type Answer = Float32Array | null;

/**
 * The side of a chunker's thread: requests the vectors of windows from the main thread, sending only offsets.
 * @returns a function that throws Error if the main thread could not embed the windows; the cause stays there
 */
export function embedThrough(port: MessagePort): EmbedWindows {
  return async (windows) => {
    const answer = new Promise<Answer>((resolve) => port.once('message', resolve));
    port.postMessage(Int32Array.from(windows.flatMap(({ start, end }) => [start, end])));
    const vectors = await answer;
    if (vectors === null) throw new Error('the windows could not be embedded');
    const dimensions = vectors.length / windows.length;
    return windows.map((_, i) => vectors.subarray(i * dimensions, (i + 1) * dimensions));
  };
}

/**
 * The side of the main thread: embeds the windows that the chunker's thread requests.
 * @param embed texts of windows in, one vector per text out
 * @param onFailure called with what `embed` threw; the chunker then fails with an error without details
 */
export function serveEmbeddings(
  port: MessagePort,
  text: string,
  embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>,
  onFailure: (error: unknown) => void,
): void {
  const answer = async (offsets: Int32Array): Promise<void> => {
    try {
      const texts = Array.from({ length: offsets.length / 2 }, (_, i) =>
        text.slice(offsets[2 * i], offsets[2 * i + 1]),
      );
      const vectors = await packed(await embed(texts));
      port.postMessage(vectors, [vectors.buffer]);
    } catch (error) {
      onFailure(error);
      port.postMessage(null);
    }
  };
  port.on('message', (offsets: Int32Array) => void answer(offsets));
}

async function packed(vectors: readonly Float32Array[]): Promise<Float32Array<ArrayBuffer>> {
  const dimensions = vectors[0].length;
  const all = new Float32Array(vectors.length * dimensions);
  for (const [i, vector] of vectors.entries()) {
    if (i > 0 && i % VECTORS_AT_ONCE === 0) await setImmediate();
    all.set(vector, i * dimensions);
  }
  return all;
}
