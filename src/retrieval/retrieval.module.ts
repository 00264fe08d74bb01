import { Module } from '@nestjs/common';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { EmbeddingSpaceModule } from '../embedding-space/embedding-space.module';
import { ModelsModule } from '../models/models.module';
import { HybridSearch } from './hybrid-search';
import { PassageSearch } from './passage-search';
import { RecallSampler, SAMPLING } from './recall-sampler';
import { RecentQuestions } from './recent-questions';
import { Reranker } from './reranker';
import { RetrievalService } from './retrieval.service';
import { SearchController } from './search.controller';
import { SearchPlanner } from './search-planner';
import { SlowStatementLog } from './slow-statement-log';
import { TextSearch } from './text-search';
import { VectorSearch } from './vector-search';

/** Question → passages. */
@Module({
  imports: [CorpusModule, EmbeddingSpaceModule, EmbeddingCacheModule, ModelsModule],
  controllers: [SearchController],
  providers: [
    RetrievalService,
    PassageSearch,
    HybridSearch,
    Reranker,
    VectorSearch,
    SearchPlanner,
    SlowStatementLog,
    RecallSampler,
    { provide: SAMPLING, useValue: Math.random },
    TextSearch,
    RecentQuestions,
  ],
  exports: [RetrievalService, RecentQuestions],
})
export class RetrievalModule {}
