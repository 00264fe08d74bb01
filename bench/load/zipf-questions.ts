import { seededRandom } from '../../test/support/seeded-random';

/** In how many ways a question is put; all but the first are other texts, though not other questions. */
const WORDINGS: readonly ((question: string) => string)[] = [
  (question) => question,
  (question) => `I would like to know: ${question}`,
  (question) => `According to the documents, ${question}`,
  (question) => `${question} Name it in short.`,
];

/** Questions as they are asked: few of them often, most of them seldom, some in other words. */
export class ZipfQuestions {
  readonly bodies: string[];
  private readonly cumulative: number[] = [];
  private readonly random: () => number;

  /**
   * @param questions the n-th is asked 1/n times as often as the first
   * @param rewordedShare how many (0 to 1) are asked in other words than the first
   */
  constructor(
    private readonly questions: readonly string[],
    private readonly rewordedShare: number,
    seed: number,
  ) {
    this.random = seededRandom(seed);
    this.bodies = questions.flatMap((question) =>
      WORDINGS.map((word) => JSON.stringify({ query: word(question), user_id: 'bench' })),
    );
    let sum = 0;
    for (let rank = 1; rank <= questions.length; rank++) this.cumulative.push((sum += 1 / rank));
  }

  /** Positions in {@link bodies} of the next so many requests. */
  next(count: number): number[] {
    return Array.from({ length: count }, () => {
      const isReworded = this.random() < this.rewordedShare;
      const wording = isReworded ? 1 + Math.floor(this.random() * (WORDINGS.length - 1)) : 0;
      return this.rank() * WORDINGS.length + wording;
    });
  }

  private rank(): number {
    const target = this.random() * this.cumulative[this.questions.length - 1];
    let low = 0;
    let high = this.questions.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.cumulative[middle] < target) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
