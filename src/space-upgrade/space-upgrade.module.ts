import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { EmbeddingSpaceModule } from '../embedding-space/embedding-space.module';
import { ModelsModule } from '../models/models.module';
import { SemanticCacheModule } from '../semantic-cache/semantic-cache.module';
import { AnswerMover } from './answer-mover';
import { Backfill } from './backfill';
import { CostEstimator } from './cost-estimate';
import { MissingVectors } from './missing-vectors';
import { SpaceComparer } from './space-comparison';
import { SpaceCreation } from './space-creation';
import { SpaceIndex } from './space-index';
import { SpaceRemoval } from './space-removal';
import { SpaceSwitch } from './space-switch';
import { SpaceUpgradeController } from './space-upgrade.controller';
import { SpaceUpgradeService } from './space-upgrade.service';
import { UPGRADE_QUEUE, UpgradeQueue } from './upgrade-queue';
import { UpgradeRunner } from './upgrade-runner';
import { UpgradeStore } from './upgrade-store';
import { UpgradeWorker } from './upgrade-worker';

/** Shared by endpoints and workers: the state of upgrades in Postgres, and the queue. */
@Module({
  imports: [
    TypeOrmModule.forFeature([EmbeddingSpace]),
    CorpusModule,
    BullModule.registerQueue({ name: UPGRADE_QUEUE }),
  ],
  providers: [UpgradeStore, UpgradeQueue, SpaceIndex, MissingVectors],
  exports: [UpgradeStore, UpgradeQueue, SpaceIndex, MissingVectors],
})
class UpgradeStateModule {}

/** The endpoints that change the embedding space; {@link SpaceUpgradeWorkerModule} does the work. */
@Module({
  imports: [UpgradeStateModule, CorpusModule, EmbeddingCacheModule, ModelsModule],
  controllers: [SpaceUpgradeController],
  providers: [SpaceUpgradeService, SpaceCreation, SpaceSwitch, CostEstimator],
})
export class SpaceUpgradeModule {}

/** The worker that fills, indexes, compares and drops embedding spaces. */
@Module({
  imports: [
    UpgradeStateModule,
    CorpusModule,
    EmbeddingSpaceModule,
    EmbeddingCacheModule,
    SemanticCacheModule,
  ],
  providers: [UpgradeRunner, UpgradeWorker, Backfill, SpaceComparer, AnswerMover, SpaceRemoval],
})
export class SpaceUpgradeWorkerModule {}
