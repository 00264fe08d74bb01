import { Injectable } from '@nestjs/common';
import type { AnswerIndex } from './answer-index';
import { AnswerIndexSelector } from './answer-index-selector';
import type { CacheEntry } from './cache-entry';
import { answerId, type CacheScope, scopeHashIn } from './cache-scope';
import { focusOf } from '../text-analysis/question-focus';
import { foldVector } from '../common/vector';

type Space = CacheScope['embeddingSpace'];
/** Vectors of questions in the space that they are moved to, L2-normalised, one for each in their order. */
type EmbedQuestions = (questions: readonly string[]) => Promise<readonly Float32Array[]>;

/** Equal to no collection's: those count from 0. */
const NO_EPOCH = '-1';

/**
 * Takes cached answers along when another embedding space is promoted. Each is stored a second time, in the scope of the
 * new space and under its question's vector there, with the epoch that it had: the promotion has counted the epoch, so
 * the entry is served only once its own question, asked of the new space, finds the very same evidence. The old one stays
 * where it is until it expires, for a rollback.
 */
@Injectable()
export class AnswerMigration {
  constructor(private readonly indexes: AnswerIndexSelector) {}

  /**
   * Moves the answers of one tenant; may be broken off and run again.
   * @param onMoved told after each batch how many answers came over
   * @throws AppError `CACHE_UNAVAILABLE`, whatever `embed` throws, the signal's reason
   */
  async move(
    tenantId: string,
    from: Space,
    to: Space,
    embed: EmbedQuestions,
    { signal, onMoved }: { signal: AbortSignal; onMoved: (moved: number) => Promise<void> },
  ): Promise<void> {
    const index = this.indexes.current();
    for await (const entries of index.entriesOf(tenantId)) {
      signal.throwIfAborted();
      const copies = await this.absent(
        index,
        entries.flatMap((entry) => copyOf(entry, from, to) ?? []),
      );
      if (copies.length === 0) continue;
      const compared = copies.filter(({ byWordsAlone }) => !byWordsAlone);
      const vectors = await embed(compared.map(({ question }) => focusOf(question).focus));
      for (const [i, copy] of compared.entries()) await index.put(copy, foldVector(vectors[i]));
      for (const copy of copies) if (copy.byWordsAlone) await index.put(copy, null);
      await onMoved(copies.length);
    }
  }

  /** Without those whose question has been answered in the new space meanwhile. */
  private async absent(index: AnswerIndex, copies: readonly CacheEntry[]): Promise<CacheEntry[]> {
    const found = await Promise.all(copies.map(({ tenantId, id }) => index.get(tenantId, id)));
    return copies.filter((_, i) => !found[i].hit);
  }
}

/** @returns null for an entry of another space, or of a version that did not yet say what it needs */
function copyOf(entry: CacheEntry, from: Space, to: Space): CacheEntry | null {
  const { spacelessHash } = entry;
  if (spacelessHash === undefined || scopeHashIn(spacelessHash, from) !== entry.scopeHash) return null;
  const scopeHash = scopeHashIn(spacelessHash, to);
  return {
    ...entry,
    epoch: NO_EPOCH,
    scopeHash,
    id: answerId(scopeHash, entry.question),
  };
}
