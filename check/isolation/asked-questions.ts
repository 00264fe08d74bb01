import { USERS } from './user-tokens';

/** A question in words that nobody else uses. Times in ms, of one clock. */
interface MarkedQuestion {
  tenant: number;
  user: string;
  /** Erasures of the user that had begun when it was asked. */
  erasures: number;
  pending: number;
  answeredAt: number;
}

interface Erasure {
  sentAt: number;
  doneAt: number;
}

const MARK = /\bq\d+s\d+v\d+\b/g;

/** Questions with a mark of who asked them, and until when they may be shown to administrators. */
export class AskedQuestions {
  private readonly questions = new Map<string, MarkedQuestion>();
  private readonly erasures = new Map<string, Erasure[]>();

  /** The marks in a text. */
  static in(text: string): string[] {
    return text.match(MARK) ?? [];
  }

  /** The mark of what a caller asks for a user now; another one after each erasure of the user. */
  mark(caller: number, tenant: number, user: string): string {
    const erasures = this.erasuresOf(tenant, user).length;
    const mark = `q${caller}s${tenant}v${erasures * USERS.length + USERS.indexOf(user)}`;
    if (!this.questions.has(mark))
      this.questions.set(mark, { tenant, user, erasures, pending: 0, answeredAt: -Infinity });
    return mark;
  }

  /** Questions with these marks are asked now; call the result once they are answered. */
  asked(marks: readonly string[]): () => void {
    const questions = marks.map((mark) => this.questions.get(mark)!);
    for (const question of questions) question.pending++;
    return () => {
      for (const question of questions) {
        question.pending--;
        question.answeredAt = performance.now();
      }
    };
  }

  /** A user's questions are erased now; call the result once the service says so. */
  erase(tenant: number, user: string): () => void {
    const erasure = { sentAt: performance.now(), doneAt: Infinity };
    this.erasuresOf(tenant, user).push(erasure);
    return () => (erasure.doneAt = performance.now());
  }

  /** Whether what a request, sent then, is told may hold the question of a mark, for an administrator of its tenant. */
  mayBeKept(mark: string, sentAt: number): boolean {
    const question = this.questions.get(mark);
    if (!question) return true;
    const erasure = this.erasuresOf(question.tenant, question.user).at(question.erasures);
    // What was still being answered meanwhile may have been kept afterwards.
    if (!erasure || question.pending > 0 || question.answeredAt > erasure.sentAt) return true;
    return sentAt <= erasure.doneAt;
  }

  private erasuresOf(tenant: number, user: string): Erasure[] {
    const key = `${tenant} ${user}`;
    const erasures = this.erasures.get(key) ?? [];
    this.erasures.set(key, erasures);
    return erasures;
  }
}
