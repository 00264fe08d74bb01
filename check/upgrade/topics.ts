import type { DocumentInput } from '../../test/support/evergreen';
import { wordHashEmbedding } from '../../test/support/word-hash-embedding';
import { seededRandom } from '../../test/support/seeded-random';

/** Short documents, each of one chunk, that questions are asked about. */
export const TOPICS = 60;
/** About how many chunks a document of {@link fillers} becomes. */
const CHUNKS_PER_FILLER = 40;
const WORDS_PER_CHUNK = 80;
/** Halves in the new space, and rounding on the way; the two spaces differ by a few hundredths. */
const TOLERANCE = 0.002;

const SYLLABLES = ['ba', 'do', 'fe', 'gi', 'ku', 'la', 'mo', 'ne', 'pi', 'ro', 'su', 'ta', 've', 'wi', 'zo'];

/** A word that means nothing, the same for the same number. */
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

/** Documents that nobody asks about, for an index that takes a while to build. */
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

/** What `POST /search` says of a passage. */
export interface FoundPassage {
  external_id: string;
  content: string;
  vector_score: number | null;
}

/**
 * Which embedding space an answer is made of, by the similarities of its passages to the question: each space has its
 * own, which anybody can compute. Passages of unknown make say nothing.
 * @param spaces dimensions of the spaces that there are
 * @returns the spaces that all passages agree with; none is a mix, more than one cannot be told apart
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
