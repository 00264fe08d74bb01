import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { requireCollection } from '../auth/collection-grant';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { isUuid } from '../common/ids';
import { validationFailed } from '../common/validation-failed';
import { CollectionStore } from '../corpus/collection-store';
import { FailedVersions, type FailureFilter } from '../corpus/failed-versions';
import {
  FailedDocumentListDto,
  FailedDocumentPageDto,
  RetriedDto,
  RetryFailedDto,
  toFailedDocumentDto,
} from './failed-document.dto';
import { decodeCursor, pageOf } from '../common/page-cursor';

/** Documents queued again with one transaction. */
const BATCH_SIZE = 1000;

/** What failed for good. */
@ApiTags('ingestion')
@ApiBearerAuth()
@Controller('admin/ingest/failed')
@RequireScope('ingest', 'admin')
export class FailedDocumentsController {
  constructor(
    private readonly failed: FailedVersions,
    private readonly collections: CollectionStore,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Documents whose latest version failed for good, in the order of their creation' })
  @ApiOkResponse({ type: FailedDocumentPageDto })
  async list(
    @Query() { collection, code, limit, cursor }: FailedDocumentListDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<FailedDocumentPageDto> {
    const after = decodeCursor(cursor, isUuid);
    const filter = { code, ...(await this.filterOf(principal, collection)) };
    const found = await this.failed.list(principal.tenantId, filter, { after, limit: limit + 1 });
    const { rows, nextCursor } = pageOf(found, limit, ({ documentId }) => documentId);
    return { documents: rows.map(toFailedDocumentDto), next_cursor: nextCursor };
  }

  @Post('retry')
  @HttpCode(202)
  @ApiOperation({ summary: 'Try them again: some, those of a filter, or all' })
  @ApiAcceptedResponse({ type: RetriedDto })
  async retry(
    @Body() { all, document_ids: documentIds, collection, code }: RetryFailedDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RetriedDto> {
    if (!all && documentIds === undefined && collection === undefined && code === undefined)
      throw validationFailed([
        { field: 'all', problem: 'must be true if neither document_ids, collection nor code is given' },
      ]);
    const filter = { code, documentIds, ...(await this.filterOf(principal, collection)) };
    let retried = 0;
    for (let batch = BATCH_SIZE; batch === BATCH_SIZE; retried += batch)
      batch = await this.failed.retry(principal.tenantId, filter, BATCH_SIZE);
    return { retried };
  }

  private async filterOf(principal: Principal, name: string | undefined): Promise<FailureFilter> {
    const { tenantId, collections } = principal;
    if (name === undefined) return { collections };
    requireCollection(principal, name);
    return { collections, collectionId: (await this.collections.find(tenantId, name)).id };
  }
}
