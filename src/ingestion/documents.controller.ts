import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../auth/audited.decorator';
import { mayUseCollection, requireCollection } from '../auth/collection-grant';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { LargeBody } from '../common/route-config';
import { isUuid } from '../common/ids';
import { DEFAULT_COLLECTION } from '../corpus/collection';
import { CollectionStore } from '../corpus/collection-store';
import type { Document } from '../corpus/document';
import { documentNotFound, DocumentStore } from '../corpus/document-store';
import {
  ChangedDocumentsDto,
  ChunkPageDto,
  DeletedDocumentDto,
  DocumentAclDto,
  DocumentChangeDto,
  DocumentDto,
  DocumentListDto,
  DocumentPageDto,
  KnownDocumentsDto,
  toChunkDto,
  toDocumentDto,
  toKnownDocument,
} from './document.dto';
import { DocumentRemoval } from './document-removal';
import { DocumentRestriction } from './document-restriction';
import { decodeCursor, decodeNumberCursor, PageDto, pageOf } from '../common/page-cursor';

/** What is stored, and how it was chunked. */
@ApiTags('ingestion')
@ApiBearerAuth()
@Controller('admin/documents')
@RequireScope('documents:read', 'admin')
export class DocumentsController {
  constructor(
    private readonly documents: DocumentStore,
    private readonly collections: CollectionStore,
    private readonly removal: DocumentRemoval,
    private readonly restriction: DocumentRestriction,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Documents in the order of their creation' })
  @ApiOkResponse({ type: DocumentPageDto })
  async list(
    @Query() { collection, external_id, limit, cursor }: DocumentListDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DocumentPageDto> {
    const { tenantId, collections } = principal;
    const after = decodeCursor(cursor, isUuid);
    if (collection !== undefined) requireCollection(principal, collection);
    const collectionId =
      collection === undefined ? undefined : (await this.collections.find(tenantId, collection)).id;
    const found = await this.documents.list(tenantId, {
      collections,
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
  @RequireScope('ingest', 'admin')
  @LargeBody()
  @ApiOperation({
    summary: 'Which of some documents are new or changed',
    description: 'By the SHA-256 of their bytes: what is not named need not be sent. Nothing is stored.',
  })
  @ApiOkResponse({ type: ChangedDocumentsDto })
  async changed(
    @Body() { collection, documents }: KnownDocumentsDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedDocumentsDto> {
    const name = collection ?? DEFAULT_COLLECTION;
    requireCollection(principal, name);
    const { id } = await this.collections.find(principal.tenantId, name);
    return { changed: await this.documents.changed(principal.tenantId, id, documents.map(toKnownDocument)) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One document' })
  @ApiOkResponse({ type: DocumentDto })
  async get(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<DocumentDto> {
    return toDocumentDto(await this.granted(principal, id));
  }

  @Get(':id/chunks')
  @ApiOperation({ summary: 'The chunks of its searchable version in the order of the text' })
  @ApiOkResponse({ type: ChunkPageDto })
  async chunks(
    @Param('id') id: string,
    @Query() { limit, cursor }: PageDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChunkPageDto> {
    const after = decodeNumberCursor(cursor);
    await this.granted(principal, id);
    const found = await this.documents.chunks(principal.tenantId, id, {
      after,
      limit: limit + 1,
    });
    const { rows, nextCursor } = pageOf(found, limit, ({ ordinal }) => ordinal);
    return { chunks: rows.map(toChunkDto), next_cursor: nextCursor };
  }

  @Patch(':id')
  @Audited('document.acl', ({ params, body: { acl } }) => ({
    target: params.id,
    // How many, or everyone of the tenant.
    details: { principals: Array.isArray(acl) ? acl.length : null },
  }))
  @RequireScope('ingest', 'admin')
  @ApiOperation({
    summary: 'Replace the ACL of a document: in force in search and in every cached answer once it returns',
    description: 'A new version of the document brings its own ACL.',
  })
  @ApiOkResponse({ type: DocumentAclDto })
  async update(
    @Param('id') id: string,
    @Body() body: DocumentChangeDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DocumentAclDto> {
    await this.granted(principal, id);
    const acl = body.acl && [...new Set(body.acl)];
    await this.restriction.replaceAcl(principal.tenantId, id, acl);
    return { document_id: id, acl };
  }

  @Delete(':id')
  @Audited('document.delete', ({ params }) => ({ target: params.id }))
  @HttpCode(202)
  @RequireScope('ingest', 'admin')
  @ApiOperation({
    summary: 'Delete a document: gone from search and from every cached answer once it returns',
  })
  @ApiAcceptedResponse({ type: DeletedDocumentDto })
  async delete(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DeletedDocumentDto> {
    await this.granted(principal, id);
    await this.removal.removeDocument(principal.tenantId, id);
    return { document_id: id, status: 'deleted' };
  }

  /** @throws AppError `DOCUMENT_NOT_FOUND`, also for one of a collection that the caller may not use */
  private async granted(principal: Principal, id: string): Promise<Document> {
    const document = await this.documents.get(principal.tenantId, id);
    if (!mayUseCollection(principal, document.collection)) throw documentNotFound(id);
    return document;
  }
}
