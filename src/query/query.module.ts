import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { GenerationModule } from '../generation/generation.module';
import { RedisModule } from '../redis/redis.module';
import { SAMPLING } from '../retrieval/recall-sampler';
import { RetrievalModule } from '../retrieval/retrieval.module';
import { SemanticCacheModule } from '../semantic-cache/semantic-cache.module';
import { AccessReader } from './access-reader';
import { AnswerProducer } from './answer-producer';
import { CacheCounts } from './cache-counts';
import { CacheHits } from './cache-hits';
import { CachedAnswers } from './cached-answers';
import { Coherence } from './coherence';
import { HitAuditor } from './hit-auditor';
import { MatchReviewer } from './match-reviewer';
import { QueryController } from './query.controller';
import { QueryService } from './query.service';
import { QuestionMatcher } from './question-matcher';
import { ScopeResolver } from './scope-resolver';
import { SemanticCacheController } from './semantic-cache.controller';
import { SimilarityScales } from './similarity-scales';
import { TenantErasure } from './tenant-erasure';
import { UserDataController } from './user-data.controller';
import { UserErasure } from './user-erasure';
import { UserPseudonyms } from './user-pseudonyms';

/** Questions: the one place where their way through the house is written down. */
@Module({
  imports: [
    AuthModule,
    RedisModule,
    CorpusModule,
    EmbeddingCacheModule,
    SemanticCacheModule,
    RetrievalModule,
    GenerationModule,
  ],
  controllers: [QueryController, SemanticCacheController, UserDataController],
  providers: [
    QueryService,
    AccessReader,
    ScopeResolver,
    CachedAnswers,
    CacheCounts,
    CacheHits,
    Coherence,
    HitAuditor,
    MatchReviewer,
    QuestionMatcher,
    SimilarityScales,
    AnswerProducer,
    UserPseudonyms,
    UserErasure,
    TenantErasure,
    { provide: SAMPLING, useValue: Math.random },
  ],
  exports: [QueryService],
})
export class QueryModule {}
