import { isContent } from '../src/semantic-cache/verifier/question-difference';
import { readWords } from '../src/text-analysis/words';
import type { AttributeQuestion } from './attribute-corpus';

/**
 * Which questions say something that an earlier wording of the same question said: a content word, beside the name of what
 * they ask about. The others can only be recognised by somebody who knows what their words mean.
 * @param questions in the order of asking
 * @returns the places (`i`) of those questions
 */
export function sharingAWord(
  questions: readonly Pick<AttributeQuestion, 'i' | 'q' | 'entity' | 'cluster'>[],
): Set<number> {
  const said = new Map<string, Set<string>>();
  const sharing = new Set<number>();
  for (const { i, q, entity, cluster } of questions) {
    const name = new Set(stemsOf(entity));
    const own = stemsOf(q).filter((stem) => !name.has(stem));
    const before = said.get(cluster) ?? new Set();
    if (own.some((stem) => before.has(stem))) sharing.add(i);
    said.set(cluster, new Set([...before, ...own]));
  }
  return sharing;
}

function stemsOf(text: string): string[] {
  return readWords(text)
    .words.filter(isContent)
    .map(({ stem }) => stem);
}
