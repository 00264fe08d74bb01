import { Module } from '@nestjs/common';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { ModelsModule } from '../models/models.module';
import { CostEstimator } from './cost-estimate';
import { SpaceCreation } from './space-creation';
import { SpaceSwitch } from './space-switch';
import { SpaceUpgradeController } from './space-upgrade.controller';
import { SpaceUpgradeCoreModule } from './space-upgrade-core.module';
import { SpaceUpgradeService } from './space-upgrade.service';

/** The endpoints that change the embedding space. The work is done by `SpaceUpgradeWorkerModule`. */
@Module({
  imports: [SpaceUpgradeCoreModule, CorpusModule, EmbeddingCacheModule, ModelsModule],
  controllers: [SpaceUpgradeController],
  providers: [SpaceUpgradeService, SpaceCreation, SpaceSwitch, CostEstimator],
})
export class SpaceUpgradeModule {}
