/** A mutex for one session: those who wait acquire it in the order in which they asked. */
export class FifoMutex<Holder> {
  private holder: Holder | null = null;
  private readonly waiting: { who: Holder; start: () => void }[] = [];

  /** Resolves when this holder has the mutex; at once if it has it already. */
  acquire(who: Holder): Promise<void> {
    if (this.holder === who) return Promise.resolve();
    if (this.holder === null) {
      this.holder = who;
      return Promise.resolve();
    }
    return new Promise((start) => this.waiting.push({ who, start }));
  }

  /** Hands the mutex to the next that waits; does nothing for who does not hold it. */
  release(who: Holder): void {
    if (this.holder !== who) return;
    const next = this.waiting.shift();
    this.holder = next?.who ?? null;
    next?.start();
  }
}
