/** Who may use the one session; the others wait in the order in which they asked. */
export class Turns<Holder> {
  private holder: Holder | null = null;
  private readonly waiting: { who: Holder; start: () => void }[] = [];

  /** Resolves when it is this holder's turn; at once if it is already. */
  take(who: Holder): Promise<void> {
    if (this.holder === who) return Promise.resolve();
    if (this.holder === null) {
      this.holder = who;
      return Promise.resolve();
    }
    return new Promise((start) => this.waiting.push({ who, start }));
  }

  /** Ends the holder's turn, if it is its turn. */
  give(who: Holder): void {
    if (this.holder !== who) return;
    const next = this.waiting.shift();
    this.holder = next?.who ?? null;
    next?.start();
  }
}
