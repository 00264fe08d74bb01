import { seededRandom } from '../../test/support/seeded-random';

/** Number of wordings per question. */
const WORDINGS: readonly ((question: string) => string)[] = [
  (question) => question,
  (question) => `I would like to know: ${question}`,
  (question) => `According to the documents, ${question}`,
  (question) => `${question} Name it in short.`,
];

/** A realistic sequence of questions: few are frequent, most are rare, some are rephrased. */
export class ZipfQuestions {
  readonly bodies: string[];
  private readonly cumulative: number[] = [];
  private readonly random: () => number;

  /**
   * @param questions the n-th occurs 1/n times as often as the first
   * @param rewordedShare share (0 to 1) of rephrased questions
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

  /** Positions in {@link bodies} of the next requests. */
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
