import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EmbeddingSpace } from './embedding-space.entity';
import { EmbeddingSpaceService } from './embedding-space.service';
import { VectorIndexCheck } from './vector-index-check';

/** Which model and dimension is active, and where its vectors are. */
@Module({
  imports: [TypeOrmModule.forFeature([EmbeddingSpace])],
  providers: [EmbeddingSpaceService, VectorIndexCheck],
  exports: [EmbeddingSpaceService],
})
export class EmbeddingSpaceModule {}
