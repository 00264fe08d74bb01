import fastifyMultipart from '@fastify/multipart';
import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { bodyTypesOf } from '../common/route-config';
import { ChunkingModule } from '../chunking/chunking.module';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { EmbeddingSpaceModule } from '../embedding-space/embedding-space.module';
import { SemanticCacheModule } from '../semantic-cache/semantic-cache.module';
import { ChunkingPreviewController } from './chunking-preview.controller';
import { CollectionsController } from './collections.controller';
import { DocumentRemoval } from './document-removal';
import { DocumentRestriction } from './document-restriction';
import { DocumentsController } from './documents.controller';
import { IngestController } from './ingest.controller';
import { IngestRequestReader } from './ingest-request-reader';
import { IngestionService } from './ingestion.service';
import { JobEvents } from './job-events';
import { FailedDocumentsController } from './failed-documents.controller';
import { NDJSON, NdjsonUpload } from './ndjson-upload';
import { IngestBackpressure } from './ingest-backpressure';
import { ParserModule } from './parsers/parser.module';

/** The endpoints that bring documents in, show them and delete them. The work is done by `IngestionWorkerModule`. */
@Module({
  imports: [
    ParserModule,
    ChunkingModule,
    EmbeddingCacheModule,
    CorpusModule,
    EmbeddingSpaceModule,
    SemanticCacheModule,
  ],
  controllers: [
    FailedDocumentsController,
    IngestController,
    DocumentsController,
    CollectionsController,
    ChunkingPreviewController,
  ],
  providers: [
    IngestRequestReader,
    NdjsonUpload,
    IngestionService,
    IngestBackpressure,
    DocumentRemoval,
    DocumentRestriction,
    JobEvents,
  ],
})
export class IngestionModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Teaches the HTTP server to read files and uploads. */
  onModuleInit(): void {
    const adapter = this.host.httpAdapter as ReturnType<NestFastifyApplication['getHttpAdapter']>;
    // Not awaited: that would end the server's preparation before its error handler is set.
    const fastify = adapter.getInstance();
    void fastify.register(fastifyMultipart, { throwFileSizeLimit: false });
    // Read while it comes, by who takes it in; nobody else is to see a stream, which also a request without body would give.
    fastify.addContentTypeParser(NDJSON, (request, body, done) =>
      done(null, bodyTypesOf(request).includes(NDJSON) ? body : undefined),
    );
  }
}
