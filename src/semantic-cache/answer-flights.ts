import { Inject, Injectable } from '@nestjs/common';
import type { Flight } from '../common/single-flight';
import { dotProduct, l2Normalise, foldVector } from '../common/vector';
import { ClusterSingleFlight } from '../redis/cluster-single-flight';
import { orWithoutCache } from '../redis/redis-failure';
import { tenantKey } from '../redis/redis-keys';
import { SHARED_VALUES, type SharedValues } from '../redis/shared-values';
import { type CacheScope, scopeHash } from './cache-scope';
import { comparePair, verifyMatch } from './question-verifier';
import { SemanticCacheService } from './semantic-cache.service';
import type { SimilarityScale } from './similarity-scale';
import { isComparable, readQuestion } from './verifier/question';

/** A question that the cache did not answer. */
export interface UnansweredQuestion {
  scope: CacheScope;
  question: string;
  /** The collection's epoch as it was read first; a decimal bigint. */
  epoch: string;
  /** What of it is compared with other questions. */
  focus: string;
  /** Of the focus, L2-normalised. */
  vector: Float32Array;
  /** Of the space that the vector is of; asked for only where there is something to compare. */
  scale: () => Promise<SimilarityScale>;
}

/** How one that leads a flight gets the answer. `T` must survive JSON. */
export interface AnswerSteps<T> {
  /** The stored answer to this very question, or null: another flight may have landed just now. */
  lookForSame: () => Promise<T | null>;
  /** The stored answer to a question that asks the same in other words, or null. */
  lookForSimilar: () => Promise<T | null>;
  /** Writes the answer and stores it, if it may be stored. */
  write: () => Promise<T>;
}

/** A question as others see it while its answer is being written. */
interface Note {
  /** Its focus. */
  question: string;
  /** Components scaled to bytes, base64. */
  vector: string;
  flight: string;
}

/** A question that is being answered is on the list for this long, unless it is taken off before. */
const NOTE_MS = 120_000;
/** So many questions of one scope can be joined by others; beyond that each is answered for itself. */
const MAX_NOTES = 50;
/** From this certainty on a question waits for another one's answer; whether it gets that is decided with its evidence. */
const WORTH_WAITING = 0.5;

/**
 * Has each question answered once at a time in the whole deployment: those that ask it together get one answer. A
 * question that asks the same as one already being answered waits for that, and takes its answer from the cache.
 */
@Injectable()
export class AnswerFlights {
  private readonly flights: ClusterSingleFlight<unknown>;

  constructor(
    @Inject(SHARED_VALUES) private readonly values: SharedValues,
    private readonly cache: SemanticCacheService,
  ) {
    this.flights = new ClusterSingleFlight(values);
  }

  /** @throws what the steps throw */
  async run<T>(question: UnansweredQuestion, steps: AnswerSteps<T>): Promise<Flight<T>> {
    const { tenantId } = question.scope;
    // The epoch keeps a question that came after a change from joining a flight that began before it.
    const id = this.cache.entryId(question.scope, question.question);
    const key = tenantKey(tenantId, 'answer-flight', id, question.epoch);
    const flight = await this.flights.run(key, {
      look: steps.lookForSame,
      make: () => this.answer(question, key, steps),
    });
    return flight as Flight<T>;
  }

  private async answer<T>(question: UnansweredQuestion, flight: string, steps: AnswerSteps<T>): Promise<T> {
    const { scope, epoch } = question;
    const list = tenantKey(scope.tenantId, 'answer-flights', scopeHash(scope), epoch);
    const note: Note = {
      question: question.focus,
      vector: toBytes(foldVector(question.vector)).toString('base64'),
      flight,
    };
    const text = JSON.stringify(note);
    try {
      // Only those before it are waited for: two that are alike never wait for each other.
      const similar = await this.findSimilar(question, await this.enter(list, note, text));
      if (similar !== null) {
        await this.flights.landed(similar.flight);
        const found = await steps.lookForSimilar();
        if (found !== null) return found;
      }
      return await steps.write();
    } finally {
      await orWithoutCache(undefined, () => this.values.leave(list, text));
    }
  }

  private async enter(list: string, note: Note, text: string): Promise<Note[]> {
    const before = await orWithoutCache<string[]>([], () =>
      this.values.enter(list, text, NOTE_MS, MAX_NOTES),
    );
    // One of the same flight is of a leader that died.
    return before.map((other) => JSON.parse(other) as Note).filter((other) => other.flight !== note.flight);
  }

  /** The first of the questions that asks the same. */
  private async findSimilar(question: UnansweredQuestion, notes: readonly Note[]): Promise<Note | null> {
    if (notes.length === 0 || !isComparable(question.focus)) return null;
    const vector = foldVector(question.vector);
    const asked = readQuestion(question.focus);
    // Without the embedding model nothing tells how alike they are: then nobody waits.
    const scale = await question.scale().catch(() => null);
    if (scale === null) return null;
    const similar = notes.find((note) => {
      const cosineSimilarity = dotProduct(vector, fromBytes(Buffer.from(note.vector, 'base64')));
      if (cosineSimilarity < scale.minSimilarity) return false;
      const pair = comparePair(asked, readQuestion(note.question));
      return verifyMatch(pair, scale.relative(cosineSimilarity)).certainty >= WORTH_WAITING;
    });
    return similar ?? null;
  }
}

/** The components of a vector as signed bytes, the largest of them as 127. */
function toBytes(vector: Float32Array): Buffer {
  const largest = vector.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  return Buffer.from(Int8Array.from(vector, (x) => Math.round((127 * x) / largest)).buffer);
}

/** The inverse, L2-normalised. */
function fromBytes(bytes: Buffer): Float32Array {
  return l2Normalise(Int8Array.from(bytes));
}
