import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { MissingVectors } from './missing-vectors';
import { SpaceIndex } from './space-index';
import { UpgradeQueue, UPGRADE_QUEUE } from './upgrade-queue';
import { UpgradeStore } from './upgrade-store';

/** What endpoints and workers share: where upgrades stand, and how workers are asked. */
@Module({
  imports: [
    TypeOrmModule.forFeature([EmbeddingSpace]),
    CorpusModule,
    BullModule.registerQueue({ name: UPGRADE_QUEUE }),
  ],
  providers: [UpgradeStore, UpgradeQueue, SpaceIndex, MissingVectors],
  exports: [UpgradeStore, UpgradeQueue, SpaceIndex, MissingVectors],
})
export class SpaceUpgradeCoreModule {}
