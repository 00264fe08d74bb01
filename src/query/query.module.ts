import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { GenerationModule } from '../generation/generation.module';
import { RedisModule } from '../redis/redis.module';
import { SAMPLING } from '../retrieval/recall-sampler';
import { RetrievalModule } from '../retrieval/retrieval.module';
import { SemanticCacheModule } from '../semantic-cache/semantic-cache.module';
import { AccessReader, ScopeResolver } from './scope-resolver';
import { AnswerCache } from './answer-cache';
import { Coherence } from './coherence';
import { HitAuditor } from './hit-auditor';
import { MatchReviewer } from './match-reviewer';
import { QueryController } from './query.controller';
import { QueryService } from './query.service';
import { QuestionMatcher } from './question-matcher';
import { SemanticCacheController } from './semantic-cache.controller';
import { SimilarityScales } from './similarity-scales';
import { TenantErasure } from './tenant-erasure';
import { UserDataController } from './user-data.controller';
import { UserErasure } from './user-erasure';
import { UserPseudonyms } from './user-pseudonyms';

/** Questions and their answers, and the erasure of what users asked. */
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
    AnswerCache,
    Coherence,
    HitAuditor,
    MatchReviewer,
    QuestionMatcher,
    SimilarityScales,
    UserPseudonyms,
    UserErasure,
    TenantErasure,
    { provide: SAMPLING, useValue: Math.random },
  ],
  exports: [QueryService],
})
export class QueryModule {}
