import { dotProduct } from '../src/common/vector';
import { type AskedQuestion, type HitSummary, type KnownQuestion, summarise } from './asked-questions';

/** What is compared with: wrong answers that may be served, of all asked. */
const MAX_WRONG_SHARE = 0.0015;
/** With so many of the paraphrases served a threshold is of use. */
const USEFUL_HIT_RATE = 0.85;
/** Fine near 1, where a squeezed space has all that is similar. */
const THRESHOLDS = [
  ...Array.from({ length: 50 }, (_, i) => (50 + i) / 100),
  ...Array.from({ length: 19 }, (_, i) => (1981 + i) / 2000),
];

export interface CosinePoint extends HitSummary {
  threshold: number;
}

/** A semantic cache that serves the nearest stored question at or above a cosine similarity, and stores all others. */
export class CosineCache {
  /** Row i holds the similarities of question i to all before it. */
  private readonly rows: readonly Float32Array[];

  /** @param questions in the order of asking */
  constructor(
    private readonly questions: readonly KnownQuestion[],
    vectors: ReadonlyMap<string, Float32Array>,
  ) {
    const inOrder = questions.map(({ q }) => vectors.get(q)!);
    this.rows = inOrder.map((vector, i) =>
      Float32Array.from(inOrder.slice(0, i), (earlier) => dotProduct(vector, earlier)),
    );
  }

  /** What becomes of the questions at a threshold. */
  ask(threshold: number): AskedQuestion[] {
    const stored: number[] = [];
    return this.questions.map((question, i) => {
      const { nearest, similarity } = this.nearestOf(i, stored);
      if (nearest === null || similarity < threshold) {
        stored.push(i);
        return { question, layer: 'none', matched: null, similarity: null };
      }
      const layer = nearest.q === question.q ? 'exact' : 'semantic';
      return { question, layer, matched: nearest, similarity };
    });
  }

  /** The most similar of all questions that were asked before, and how similar it is. */
  nearest(i: number): { nearest: KnownQuestion | null; similarity: number } {
    return this.nearestOf(i, this.rows[i].keys());
  }

  /** All thresholds, and the best: most paraphrases served at few wrong answers, else fewest wrong ones at a useful rate. */
  curve(): { best: CosinePoint; curve: CosinePoint[] } {
    const curve = THRESHOLDS.map((threshold) => ({ threshold, ...summarise(this.ask(threshold)) }));
    return { best: bestOf(curve), curve };
  }

  private nearestOf(i: number, among: Iterable<number>) {
    let best = -1;
    for (const j of among) if (best < 0 || this.rows[i][j] > this.rows[i][best]) best = j;
    return best < 0
      ? { nearest: null, similarity: -1 }
      : { nearest: this.questions[best], similarity: this.rows[i][best] };
  }
}

/** @see CosineCache.curve */
export function bestOf(curve: readonly CosinePoint[]): CosinePoint {
  const right = curve.filter(({ wrongShareOfAsked }) => (wrongShareOfAsked ?? 0) <= MAX_WRONG_SHARE);
  if (right.length > 0) return right.reduce((a, b) => (rateOf(b) > rateOf(a) ? b : a));
  const useful = curve.filter((point) => rateOf(point) >= USEFUL_HIT_RATE);
  return (useful.length > 0 ? useful : curve).reduce((a, b) => (b.wrong < a.wrong ? b : a));
}

const rateOf = ({ paraphraseHitRate }: CosinePoint) => paraphraseHitRate ?? 0;
