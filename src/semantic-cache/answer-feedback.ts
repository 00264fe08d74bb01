import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { SHARED_VALUES, type SharedValues } from '../redis/shared-values';
import { MatchJudgements, pairOf } from './match-judgements';
import { SemanticCacheService } from './semantic-cache.service';
import { sha256Hex } from '../common/hash';
import { orWithoutCache } from '../redis/redis-failure';
import { tenantKey } from '../redis/redis-keys';

/** A question with the id of its entry, @see SemanticCacheService.entryId */
export interface IdentifiedQuestion {
  id: string;
  question: string;
}

/** What users say of cached answers: a wrong one is evicted, and its question is not matched with the one it answered again. */
@Injectable()
export class AnswerFeedback implements OnModuleDestroy {
  private readonly served: ServedAnswers;

  constructor(
    @Inject(SHARED_VALUES) values: SharedValues,
    private readonly cache: SemanticCacheService,
    private readonly judgements: MatchJudgements,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.served = new ServedAnswers(values, clock);
  }

  /**
   * Notes what a request was answered with.
   * @param asked the question, and the id that an entry of its own has or would have
   * @param answered the entry and its question
   */
  note(tenantId: string, requestId: string, asked: IdentifiedQuestion, answered: IdentifiedQuestion): void {
    const isSame = asked.id === answered.id;
    this.served.note(tenantId, requestId, {
      answeredId: answered.id,
      ...(!isSame && { askedId: asked.id, pair: pairOf(asked.question, answered.question) }),
    });
  }

  /**
   * Evicts what a request was answered with, in every wording, and no longer matches the two questions.
   * @returns how many entries were evicted
   * @throws AppError `ANSWER_NOT_FOUND`, `CACHE_UNAVAILABLE`; the database's error where it cannot be asked
   */
  async markWrong(tenantId: string, requestId: string): Promise<number> {
    const note = await this.served.find(tenantId, requestId);
    if (note === null)
      throw new AppError(
        'ANSWER_NOT_FOUND',
        `No cached answer is known for the request ${requestId}; it is for an hour after the answer.`,
        { details: { request_id: requestId } },
      );
    const { answeredId, askedId, pair } = note;
    if (pair !== undefined)
      await this.judgements.record(tenantId, {
        pair,
        source: 'feedback',
        same: false,
        spaceId: null,
        logit: null,
        wasServed: true,
      });
    const ids = askedId === undefined ? [answeredId] : [answeredId, askedId];
    return this.cache.evict(tenantId, ids, 'feedback');
  }

  async onModuleDestroy(): Promise<void> {
    await this.served.write();
  }
}

/** What was served to a request; all of it hexadecimal. */
export interface ServedAnswer {
  /** The entry, @see answerId */
  answeredId: string;
  /** Where it was found by another wording: the id of that. */
  askedId?: string;
  /** Hash of the pair of questions; 64 digits. */
  pair?: string;
}

/** How long a request is known, at least. */
const KNOWN_MS = 3_600_000;
/** The notes of so long a time lie together. */
const PERIOD_MS = 600_000;
/** Notes are written together, so that a hit does not wait for its own. */
const WRITE_MS = 100;
/** Beyond it notes are dropped: the server cannot keep up. */
const MAX_UNWRITTEN = 10_000;

/** Hexadecimal digits of a request's hash that say in which log of its period it is noted, and those that it is noted by. */
const LOG_DIGITS = 2;
const MARK_DIGITS = 10;
const ID_DIGITS = 32;

/**
 * What requests were answered with, for an hour, for all processes. There are as many notes as requests: a note is some 20
 * bytes in a log of many, as a key of its own would take ten times that. Who looks for one reads the logs that may hold
 * it, a 256th of all notes.
 */
export class ServedAnswers {
  /** By tenant. */
  private unwritten = new Map<string, { key: string; bytes: Buffer }[]>();
  private count = 0;
  private timer?: NodeJS.Timeout;
  /** Who looks something up waits for what is being written at that moment. */
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly values: SharedValues,
    private readonly clock: Clock,
  ) {}

  /** Soon written. */
  note(tenantId: string, requestId: string, { answeredId, askedId = '', pair = '' }: ServedAnswer): void {
    if (this.count >= MAX_UNWRITTEN) return;
    const { log, mark } = placeOf(requestId);
    const bytes = Buffer.from(mark + answeredId + askedId + pair, 'hex');
    const note = { key: keyOf(tenantId, this.period(), log), bytes };
    const notes = this.unwritten.get(tenantId);
    if (notes) notes.push(note);
    else this.unwritten.set(tenantId, [note]);
    this.count++;
    this.timer ??= setTimeout(() => void this.write(), WRITE_MS).unref();
  }

  /** What a request was answered with last; null if that is not known. @throws AppError `CACHE_UNAVAILABLE` */
  async find(tenantId: string, requestId: string): Promise<ServedAnswer | null> {
    await this.write();
    const { log, mark } = placeOf(requestId);
    // The clock of the process that wrote it may be ahead of this one's.
    const latest = this.period() + 1;
    const periods = Array.from({ length: KNOWN_MS / PERIOD_MS + 2 }, (_, i) => latest - i);
    const logs = await this.values.readLogs(periods.map((period) => keyOf(tenantId, period, log)));
    for (const notes of logs) {
      const note = notes.map((bytes) => bytes.toString('hex')).findLast((digits) => digits.startsWith(mark));
      if (note !== undefined) return readNote(note.slice(MARK_DIGITS));
    }
    return null;
  }

  /** Resolves once all that was noted before is written; without effect while nothing can be stored. */
  write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const notes = this.unwritten;
    this.unwritten = new Map();
    this.count = 0;
    const store = async () => {
      for (const additions of notes.values())
        await orWithoutCache(undefined, () => this.values.append(additions, PERIOD_MS + KNOWN_MS));
    };
    this.writing = this.writing.then(store, store);
    return this.writing;
  }

  private period(): number {
    return Math.floor(this.clock.nowMs() / PERIOD_MS);
  }
}

function placeOf(requestId: string): { log: string; mark: string } {
  const digits = sha256Hex(requestId);
  return { log: digits.slice(0, LOG_DIGITS), mark: digits.slice(LOG_DIGITS, LOG_DIGITS + MARK_DIGITS) };
}

function readNote(digits: string): ServedAnswer {
  const answeredId = digits.slice(0, ID_DIGITS);
  if (digits.length === ID_DIGITS) return { answeredId };
  return { answeredId, askedId: digits.slice(ID_DIGITS, 2 * ID_DIGITS), pair: digits.slice(2 * ID_DIGITS) };
}

const keyOf = (tenantId: string, period: number, log: string) =>
  tenantKey(tenantId, 'answers-served', String(period), log);
