import { Injectable, Logger } from '@nestjs/common';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { AnswerMover } from './answer-mover';
import { Backfill } from './backfill';
import { SpaceComparer } from './space-comparison';
import { SpaceIndex } from './space-index';
import { SpaceRemoval } from './space-removal';
import { type SpaceUpgrade, UpgradeStore } from './upgrade-store';

/**
 * Advances a space from stage to stage until there is nothing to do for now. Each stage may be interrupted at any time, also
 * by SIGKILL, and run again: then it does the rest.
 */
@Injectable()
export class UpgradeRunner {
  private readonly logger = new Logger('SpaceUpgrade');

  constructor(
    private readonly store: UpgradeStore,
    private readonly backfill: Backfill,
    private readonly index: SpaceIndex,
    private readonly comparer: SpaceComparer,
    private readonly answers: AnswerMover,
    private readonly removal: SpaceRemoval,
  ) {}

  /** @throws AppError of the failed stage; the signal's reason */
  async run(spaceId: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const space = await this.store.space(spaceId);
      const upgrade = await this.store.find(spaceId);
      if (upgrade === null || upgrade.paused) return;
      if (!(await this.step(space, upgrade, signal))) return;
    }
  }

  /** @returns whether there is more to do */
  private async step(space: EmbeddingSpace, upgrade: SpaceUpgrade, signal: AbortSignal): Promise<boolean> {
    const { stage } = upgrade;
    const isWritable = space.state === 'backfilling' || space.state === 'ready';
    if (space.behind && isWritable && (stage === 'done' || stage === 'backfill')) {
      // Cleared before the pass, so that chunks published without a vector during the pass set it again.
      await this.store.setBehind(space.id, false);
      if (stage === 'done') return this.catchUp(space, signal);
    }
    switch (stage) {
      case 'backfill':
        if (!(await this.backfill.run(space, signal))) return false;
        return this.advance(space, stage, 'index');
      case 'index':
        if (!(await this.index.ensure(space, () => this.isAt(space, stage), signal))) return true;
        return this.advance(space, stage, 'compare');
      case 'compare': {
        const comparison = await this.comparer.compare(space, signal);
        await this.store.change(space.id, { comparison });
        if (!(await this.store.finishPreparation(space.id))) return true;
        this.logger.log(
          `the embedding space ${space.id} is ready: overlap ${comparison.overlap}, recall ${comparison.recall} ` +
            `over ${comparison.questions} questions`,
        );
        return true;
      }
      case 'answers':
        if (upgrade.answersFrom !== null)
          await this.answers.move(await this.store.space(upgrade.answersFrom), space, signal);
        return this.advance(space, stage, 'done');
      case 'drop':
        await this.removal.drop(space, upgrade.stageSince, signal);
        return this.advance(space, stage, 'done');
      case 'done':
        return false;
    }
  }

  private async catchUp(space: EmbeddingSpace, signal: AbortSignal): Promise<boolean> {
    const caughtUp = await this.backfill.run(space, signal).catch(async (error: unknown) => {
      await this.store.setBehind(space.id, true);
      throw error;
    });
    if (!caughtUp) await this.store.setBehind(space.id, true);
    return caughtUp;
  }

  private async advance(
    { id, model }: EmbeddingSpace,
    from: SpaceUpgrade['stage'],
    to: SpaceUpgrade['stage'],
  ): Promise<boolean> {
    if (await this.store.advance(id, from, to))
      this.logger.log(`the embedding space ${id} (${model}) finished the stage "${from}"`);
    return true;
  }

  private async isAt({ id }: EmbeddingSpace, stage: SpaceUpgrade['stage']): Promise<boolean> {
    const upgrade = await this.store.find(id);
    return upgrade?.stage === stage && !upgrade.paused;
  }
}
