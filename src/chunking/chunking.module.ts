import { Module } from '@nestjs/common';
import { ChunkingService } from './chunking.service';

/** Text to chunks. Imports nothing: models and vectors are parameters. */
@Module({ providers: [ChunkingService], exports: [ChunkingService] })
export class ChunkingModule {}
