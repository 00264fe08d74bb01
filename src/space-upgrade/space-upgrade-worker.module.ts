import { Module } from '@nestjs/common';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { EmbeddingSpaceModule } from '../embedding-space/embedding-space.module';
import { SemanticCacheModule } from '../semantic-cache/semantic-cache.module';
import { AnswerMover } from './answer-mover';
import { Backfill } from './backfill';
import { SpaceComparer } from './space-comparison';
import { SpaceRemoval } from './space-removal';
import { SpaceUpgradeCoreModule } from './space-upgrade-core.module';
import { UpgradeWorker } from './upgrade-worker';
import { UpgradeRunner } from './upgrade-runner';
import { UpgradeSweeper } from './upgrade-sweeper';

/** The worker that fills, indexes, compares and drops embedding spaces. */
@Module({
  imports: [
    SpaceUpgradeCoreModule,
    CorpusModule,
    EmbeddingSpaceModule,
    EmbeddingCacheModule,
    SemanticCacheModule,
  ],
  providers: [
    UpgradeRunner,
    UpgradeWorker,
    UpgradeSweeper,
    Backfill,
    SpaceComparer,
    AnswerMover,
    SpaceRemoval,
  ],
})
export class SpaceUpgradeWorkerModule {}
