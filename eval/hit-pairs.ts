import { writeFileSync } from 'node:fs';
import { type AskedQuestion, haveSameAnswer, isRight, type KnownQuestion } from './asked-questions';
import type { CosineCache } from './cosine-cache';
import { rounded } from './table';

/**
 * Writes what was compared with what, a line of JSON each, for study: hits with the stored question that was served, and
 * misses with the nearest one of all that were asked before.
 */
export function writePairs<T extends KnownQuestion>(
  file: string,
  asked: readonly AskedQuestion<T>[],
  cosine: CosineCache,
  describe: (question: T) => object = ({ kind }) => ({ kind }),
): void {
  const lines = asked.flatMap((one, i): object[] => {
    const { question, layer, matched, similarity } = one;
    const about = { i: question.i, q: question.q, layer, ...describe(question) };
    if (layer !== 'none') return [{ ...about, matched: matched?.q ?? null, similarity, right: isRight(one) }];
    const { nearest, similarity: nearestSimilarity } = cosine.nearest(i);
    if (nearest === null) return [];
    const same = haveSameAnswer(question, nearest);
    return [{ ...about, nearest: nearest.q, similarity: rounded(nearestSimilarity), same }];
  });
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
