import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { SpaceIndex } from './space-index';
import { SpaceSwitch } from './space-switch';
import { type EmbeddingSpaceDto, toEmbeddingSpaceDto } from './space-upgrade.dto';
import { UpgradeQueue } from './upgrade-queue';
import { spaceConflict, UpgradeStore } from './upgrade-store';

/** The operator's actions on existing embedding spaces. */
@Injectable()
export class SpaceUpgradeService {
  private readonly logger = new Logger('SpaceUpgrade');

  constructor(
    private readonly store: UpgradeStore,
    private readonly index: SpaceIndex,
    private readonly switching: SpaceSwitch,
    private readonly queue: UpgradeQueue,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(): Promise<EmbeddingSpaceDto[]> {
    const [spaces, chunks] = await Promise.all([this.store.all(), this.store.chunkCount()]);
    return Promise.all(spaces.map((space) => this.describe(space, chunks)));
  }

  /** @throws AppError `EMBEDDING_SPACE_NOT_FOUND` */
  async get(id: number): Promise<EmbeddingSpaceDto> {
    const [space, chunks] = await Promise.all([this.store.space(id), this.store.chunkCount()]);
    return this.describe(space, chunks);
  }

  /** Enqueues the work on a space. */
  async start(id: number): Promise<EmbeddingSpaceDto> {
    await this.queue.enqueue(id);
    return this.get(id);
  }

  /**
   * Makes a space the active one.
   * @param force ignore the gate; a space that is not ready is never promoted
   * @throws AppError `EMBEDDING_SPACE_CONFLICT` with the figures
   */
  async promote(id: number, force: boolean): Promise<EmbeddingSpaceDto> {
    const space = await this.store.space(id);
    if (space.state !== 'ready') throw this.notIn(space, 'ready');
    if (!force) await this.checkGate(space);
    return this.switchTo(space);
  }

  /** Makes the previously active space active again. @throws AppError `EMBEDDING_SPACE_CONFLICT` */
  async rollback(id: number): Promise<EmbeddingSpaceDto> {
    const spaces = await this.store.all();
    const space = await this.store.space(id);
    if (space.state !== 'active') throw this.notIn(space, 'active');
    const [previous] = spaces
      .filter(({ state, supersededAt }) => state === 'ready' && supersededAt !== null)
      .sort((a, b) => b.supersededAt!.getTime() - a.supersededAt!.getTime());
    if (!previous)
      throw spaceConflict('There is no previous space: none was active before, or it is retired.', {
        id,
      });
    return this.switchTo(previous);
  }

  /**
   * Retires a superseded space and drops its table.
   * @param force also within the grace period
   * @throws AppError `EMBEDDING_SPACE_CONFLICT`
   */
  async retire(id: number, force: boolean): Promise<EmbeddingSpaceDto> {
    const space = await this.store.space(id);
    if (space.state !== 'ready') throw this.notIn(space, 'ready');
    const untilMs = (space.supersededAt?.getTime() ?? 0) + this.config.spaceUpgrade.graceMs;
    if (!force && this.clock.nowMs() < untilMs) {
      const until = new Date(untilMs).toISOString();
      throw spaceConflict(
        `The space ${id} is kept for a rollback until ${until}; "force": true retires it now.`,
        {
          id,
          until,
        },
      );
    }
    return this.retireSpace(space);
  }

  /** Cancels the upgrade to a space that was never active. @throws AppError `EMBEDDING_SPACE_CONFLICT` */
  async cancel(id: number): Promise<EmbeddingSpaceDto> {
    const space = await this.store.space(id);
    const wasActive = space.promotedAt !== null;
    if (wasActive || space.state === 'active' || space.state === 'retired')
      throw spaceConflict(
        `The space ${id} is ${space.state}; only one that was never active can be cancelled.`,
        {
          id,
          state: space.state,
        },
      );
    return this.retireSpace(space);
  }

  /** Pauses the work on a space until it is resumed. New documents are still written to it. */
  async pause(id: number): Promise<EmbeddingSpaceDto> {
    await this.store.space(id);
    await this.store.change(id, { paused: true });
    return this.get(id);
  }

  /** Continues after a pause or a failure; a ready space is compared again. */
  async resume(id: number, chunksPerSecond?: number): Promise<EmbeddingSpaceDto> {
    const space = await this.store.space(id);
    await this.store.change(id, { paused: false, error: null, chunksPerSecond });
    if (space.state === 'ready') await this.store.advance(id, 'done', 'compare');
    return this.start(id);
  }

  private async checkGate({ id }: EmbeddingSpace): Promise<void> {
    const { overlap, recall } = this.config.spaceUpgrade.gate;
    const comparison = (await this.store.find(id))?.comparison ?? null;
    const figures = { comparison, gate: { overlap, recall } };
    if (comparison === null)
      throw spaceConflict(
        `The space ${id} was not compared with the active one; POST …/resume compares it.`,
        figures,
      );
    if ((comparison.overlap ?? 1) >= overlap && (comparison.recall ?? 1) >= recall) return;
    throw spaceConflict(
      `The space ${id} is below the gate: overlap ${comparison.overlap} (at least ${overlap}), recall ` +
        `${comparison.recall} (at least ${recall}), by ${comparison.questions} questions; "force": true promotes it.`,
      figures,
    );
  }

  private async switchTo(space: EmbeddingSpace): Promise<EmbeddingSpaceDto> {
    const missing = await this.switching.to(space);
    if (missing > 0) {
      await this.store.setBehind(space.id, true);
      await this.queue.enqueue(space.id);
      throw spaceConflict(
        `${missing} chunks have no vector in the space ${space.id} yet; a worker is catching up.`,
        {
          id: space.id,
          missing,
        },
      );
    }
    this.logger.log(
      `the active embedding space is ${space.id} (${space.model}, ${space.dimensions} dimensions)`,
    );
    return this.start(space.id);
  }

  private async retireSpace(space: EmbeddingSpace): Promise<EmbeddingSpaceDto> {
    if (!(await this.switching.retire(space)))
      throw this.notIn(await this.store.space(space.id), space.state);
    return this.start(space.id);
  }

  private async describe(space: EmbeddingSpace, chunks: number): Promise<EmbeddingSpaceDto> {
    const upgrade = await this.store.find(space.id);
    const index = upgrade?.stage === 'index' ? await this.index.progress(space) : null;
    return toEmbeddingSpaceDto(space, upgrade, { chunks, index });
  }

  private notIn({ id, state }: EmbeddingSpace, wanted: EmbeddingSpace['state']) {
    return spaceConflict(`The space ${id} is ${state}, not ${wanted}.`, { id, state });
  }
}
