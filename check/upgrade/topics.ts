import type { DocumentInput } from '../../test/support/evergreen';
import { wordHashEmbedding } from '../../test/support/word-hash-embedding';
import { seededRandom } from '../../test/support/seeded-random';

/** Short documents of one chunk each, which the questions are about. */
export const TOPICS = 60;
/** Approximate number of chunks per document of {@link fillers}. */
const CHUNKS_PER_FILLER = 40;
const WORDS_PER_CHUNK = 80;
/** Tolerance for half precision and rounding; the two spaces differ by a few hundredths. */
const TOLERANCE = 0.002;

const SYLLABLES = ['ba', 'do', 'fe', 'gi', 'ku', 'la', 'mo', 'ne', 'pi', 'ro', 'su', 'ta', 've', 'wi', 'zo'];

/** A meaningless word for each number. */
function wordOf(number: number): string {
  let word = '';
  for (let rest = number + SYLLABLES.length ** 2; rest > 0; rest = Math.floor(rest / SYLLABLES.length))
    word += SYLLABLES[rest % SYLLABLES.length];
  return word;
}

export const idOf = (topic: number) => `topic-${topic}`;
export const questionOf = (topic: number) =>
  `Where is the ${wordOf(3 * topic)} of ${wordOf(3 * topic + 1)} kept?`;

/** The document that answers {@link questionOf}. */
export function documentOf(topic: number): DocumentInput {
  const content =
    `The ${wordOf(3 * topic)} of ${wordOf(3 * topic + 1)} is kept in room ${topic + 100}, ` +
    `and ${wordOf(3 * topic + 2)} looks after it on working days.`;
  return {
    external_id: idOf(topic),
    content,
    mime_type: 'text/plain',
    last_modified: '2026-01-01T00:00:00Z',
  };
}

/** Documents without questions, so that the index build takes a while. */
export function fillers(chunks: number): DocumentInput[] {
  const random = seededRandom(7);
  return Array.from({ length: Math.ceil(chunks / CHUNKS_PER_FILLER) }, (_, i) => {
    const words = Array.from({ length: CHUNKS_PER_FILLER * WORDS_PER_CHUNK }, (_, n) => {
      const word = wordOf(1000 + Math.floor(random() * 5000));
      return n % 12 === 11 ? `${word}.` : word;
    });
    return { external_id: `filler-${i}`, content: words.join(' '), mime_type: 'text/plain' };
  });
}

/** A passage of `POST /search`. */
export interface FoundPassage {
  external_id: string;
  content: string;
  vector_score: number | null;
}

/**
 * Determines the embedding space of a response from the similarities of its passages to the question, which the check computes
 * itself for each space. Unknown passages are ignored.
 * @param spaces dimensions of the existing spaces
 * @returns the spaces that all passages are consistent with; none means mixed, several mean undecided
 */
export function spacesOf(
  question: string,
  passages: readonly FoundPassage[],
  spaces: readonly number[],
): number[] {
  return spaces.filter((dimensions) =>
    passages.every(({ external_id, content, vector_score }) => {
      if (!external_id.startsWith('topic-') || vector_score === null) return true;
      return Math.abs(similarity(question, content, dimensions) - vector_score) < TOLERANCE;
    }),
  );
}

const embeddings = new Map<string, number[]>();

function embeddingOf(text: string, dimensions: number): number[] {
  const key = `${dimensions} ${text}`;
  const embedding = embeddings.get(key) ?? wordHashEmbedding(text, dimensions);
  embeddings.set(key, embedding);
  return embedding;
}

function similarity(a: string, b: string, dimensions: number): number {
  const [u, v] = [embeddingOf(a, dimensions), embeddingOf(b, dimensions)];
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(u, v) / Math.sqrt(dot(u, u) * dot(v, v));
}
