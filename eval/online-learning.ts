import { pairOf } from '../src/semantic-cache/match-judgements';
import {
  beliefOf,
  cutOffset,
  fitLogitScale,
  judgeAccuracy,
  type Label,
  NO_VERDICTS,
  type Verdicts,
  wrongShare,
} from '../src/semantic-cache/verifier/calibration';
import { type JudgeSettings, SimulatedJudge } from './simulated-judge';

/** As in `src/query/match-reviewer.ts`. */
const SERVED_PART = 0.2;
const REPEATED_PART = 0.05;
/** Judgements after which the cut is looked at again. */
const JUDGEMENTS_PER_ROUND = 20;

/** Judges some pairs of a replayed log and learns from the verdicts, as the service does from those of a model. */
export class OnlineLearning {
  /** By how much a match must be surer than the budget would ask for. */
  cutOffset = 0;
  accuracy = judgeAccuracy(0, 0);
  private readonly judges: { served: SimulatedJudge; doubtful: SimulatedJudge };
  private readonly verdicts = new Map<string, Verdicts>();
  private readonly labels: Label[] = [];
  private readonly counts = { judged: 0, calledDifferent: 0, repeats: 0, agreements: 0 };

  /**
   * @param cut least logit at which a match is served
   * @param random uniform in [0, 1)
   */
  constructor(
    private readonly settings: JudgeSettings,
    private readonly cut: number,
    private readonly budget: number,
    private readonly random: () => number,
  ) {
    const { accuracy, share } = settings;
    this.judges = {
      served: new SimulatedJudge({ accuracy, share: share * SERVED_PART }, random),
      doubtful: new SimulatedJudge({ accuracy, share: share * (1 - SERVED_PART) }, random),
    };
  }

  /** One more question has come. */
  noteAsked(): void {
    this.judges.served.noteAsked();
    this.judges.doubtful.noteAsked();
  }

  verdictsOn(question: string, stored: string): Verdicts {
    return this.verdicts.get(pairOf(question, stored)) ?? NO_VERDICTS;
  }

  /** How sure it is, after all that was said of both, that they have the same answer. */
  beliefIn(question: string, stored: string, logit: number): number {
    return beliefOf(logit, this.verdictsOn(question, stored), this.accuracy);
  }

  /** Has a pair judged, if that is allowed now. @param isTrue whether both have the same answer */
  judge(
    kind: 'served' | 'doubtful',
    [question, stored]: readonly [string, string],
    logit: number,
    isTrue: boolean,
  ): void {
    if (kind === 'served' && this.random() >= this.settings.share) return;
    const first = this.judges[kind].compare(isTrue);
    if (first === null) return;
    this.note(kind, [question, stored], logit, first);
    if (this.random() >= REPEATED_PART) return;
    const second = this.judges[kind].compare(isTrue);
    if (second === null) return;
    this.note(kind, [question, stored], logit, second);
    this.counts.repeats++;
    if (first === second) this.counts.agreements++;
  }

  private note(
    kind: 'served' | 'doubtful',
    [question, stored]: readonly [string, string],
    logit: number,
    same: boolean,
  ): void {
    const known = this.verdictsOn(question, stored);
    this.verdicts.set(pairOf(question, stored), {
      ...known,
      same: known.same + Number(same),
      different: known.different + Number(!same),
    });
    if (Number.isFinite(logit)) this.labels.push({ logit, same });
    if (kind === 'served') {
      this.counts.judged++;
      if (!same) this.counts.calledDifferent++;
    }
    if (this.labels.length % JUDGEMENTS_PER_ROUND === 0) this.learn();
  }

  private learn(): void {
    const { judged, calledDifferent, repeats, agreements } = this.counts;
    this.accuracy = judgeAccuracy(repeats, agreements);
    const lower = wrongShare(judged, calledDifferent, this.accuracy)?.lower ?? 0;
    this.cutOffset = lower > this.budget ? cutOffset(this.cut, fitLogitScale(this.labels, this.accuracy)) : 0;
  }
}
