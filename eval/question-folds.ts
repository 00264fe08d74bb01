import { crc32 } from 'node:zlib';

/**
 * Deals questions into folds, so that all that are joined, directly or through others, stand in one. Deterministic; it
 * does not depend on the order of joining.
 */
export class QuestionFolds {
  private readonly parents = new Map<string, string>();

  constructor(readonly count: number) {}

  /** Says that two questions, or a question and its cluster, belong together. */
  join(a: string, b: string): void {
    const [x, y] = [this.rootOf(a), this.rootOf(b)];
    // The first by spelling stands for all, so that the fold is the same however they were joined.
    if (x !== y) this.parents.set(x < y ? y : x, x < y ? x : y);
  }

  /** @returns 0 to count − 1 */
  foldOf(question: string): number {
    return crc32(this.rootOf(question)) % this.count;
  }

  private rootOf(question: string): string {
    let root = question;
    for (let parent = this.parents.get(root); parent !== undefined; parent = this.parents.get(root))
      root = parent;
    if (root !== question) this.parents.set(question, root);
    return root;
  }
}
