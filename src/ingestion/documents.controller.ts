import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { LargeBody } from '../common/large-body.decorator';
import { isUuid } from '../common/ids';
import { DEFAULT_COLLECTION } from '../corpus/collection';
import { CollectionStore } from '../corpus/collection-store';
import { DocumentStore } from '../corpus/document-store';
import {
  ChunkPageDto,
  DeletedDocumentDto,
  DocumentDto,
  DocumentListDto,
  DocumentPageDto,
  toChunkDto,
  toDocumentDto,
} from './document.dto';
import { DocumentRemoval } from './document-removal';
import { ChangedDocumentsDto, KnownDocumentsDto, toKnownDocument } from './known-documents.dto';
import { decodeCursor, decodeNumberCursor, PageDto, pageOf } from './page-cursor';

/** What is stored, and how it was cut. */
@ApiTags('ingestion')
@ApiBearerAuth()
@Controller('admin/documents')
@RequireScope('ingest', 'admin')
export class DocumentsController {
  constructor(
    private readonly documents: DocumentStore,
    private readonly collections: CollectionStore,
    private readonly removal: DocumentRemoval,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Documents in the order of their creation' })
  @ApiOkResponse({ type: DocumentPageDto })
  async list(
    @Query() { collection, external_id, limit, cursor }: DocumentListDto,
    @CurrentPrincipal() { tenantId }: Principal,
  ): Promise<DocumentPageDto> {
    const after = decodeCursor(cursor, isUuid);
    const collectionId =
      collection === undefined ? undefined : (await this.collections.find(tenantId, collection)).id;
    const found = await this.documents.list(tenantId, {
      collectionId,
      externalId: external_id,
      after,
      limit: limit + 1,
    });
    const { rows, nextCursor } = pageOf(found, limit, ({ id }) => id);
    return { documents: rows.map(toDocumentDto), next_cursor: nextCursor };
  }

  @Post('changed')
  @HttpCode(200)
  @LargeBody()
  @ApiOperation({
    summary: 'Which of some documents are new or changed',
    description: 'By the SHA-256 of their bytes: what is not named need not be sent. Nothing is stored.',
  })
  @ApiOkResponse({ type: ChangedDocumentsDto })
  async changed(
    @Body() { collection, documents }: KnownDocumentsDto,
    @CurrentPrincipal() { tenantId }: Principal,
  ): Promise<ChangedDocumentsDto> {
    const { id } = await this.collections.find(tenantId, collection ?? DEFAULT_COLLECTION);
    return { changed: await this.documents.changed(tenantId, id, documents.map(toKnownDocument)) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One document' })
  @ApiOkResponse({ type: DocumentDto })
  async get(@Param('id') id: string, @CurrentPrincipal() { tenantId }: Principal): Promise<DocumentDto> {
    return toDocumentDto(await this.documents.get(tenantId, id));
  }

  @Get(':id/chunks')
  @ApiOperation({ summary: 'The chunks of its searchable version in the order of the text' })
  @ApiOkResponse({ type: ChunkPageDto })
  async chunks(
    @Param('id') id: string,
    @Query() { limit, cursor }: PageDto,
    @CurrentPrincipal() { tenantId }: Principal,
  ): Promise<ChunkPageDto> {
    const after = decodeNumberCursor(cursor);
    await this.documents.get(tenantId, id);
    const found = await this.documents.chunks(tenantId, id, {
      after,
      limit: limit + 1,
    });
    const { rows, nextCursor } = pageOf(found, limit, ({ ordinal }) => ordinal);
    return { chunks: rows.map(toChunkDto), next_cursor: nextCursor };
  }

  @Delete(':id')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Delete a document: gone from search and from every cached answer once it returns',
  })
  @ApiAcceptedResponse({ type: DeletedDocumentDto })
  async delete(
    @Param('id') id: string,
    @CurrentPrincipal() { tenantId }: Principal,
  ): Promise<DeletedDocumentDto> {
    await this.removal.removeDocument(tenantId, id);
    return { document_id: id, status: 'deleted' };
  }
}
