/** How good a judge is, and how often it may be asked. */
export interface JudgeSettings {
  /** Share of its verdicts that are right, 0 to 1. */
  accuracy: number;
  /** It is asked for at most this share of the questions, 0 to 1. */
  share: number;
}

/** Stands for a language model that compares two questions: it errs at a known rate, independently each time. */
export class SimulatedJudge {
  private asked = 0;
  private judged = 0;

  /** @param random uniform in [0, 1) */
  constructor(
    private readonly settings: JudgeSettings,
    private readonly random: () => number,
  ) {}

  /** One more question has come: it may judge as often as its share of all that have. */
  noteAsked(): void {
    this.asked++;
  }

  /**
   * @param isTrue whether both have the same answer
   * @returns its verdict on that; null if it may not be asked now
   */
  compare(isTrue: boolean): boolean | null {
    if (this.judged + 1 > this.settings.share * this.asked) return null;
    this.judged++;
    return this.random() < this.settings.accuracy ? isTrue : !isTrue;
  }
}
