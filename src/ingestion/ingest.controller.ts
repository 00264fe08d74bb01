import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requireCollection } from '../auth/collection-grant';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { bodyTypeOf, BodyTypes, LargeBody } from '../common/route-config';
import { isUuid } from '../common/ids';
import { DEFAULT_COLLECTION } from '../corpus/collection';
import { IngestJobStore } from '../corpus/ingest-job-store';
import {
  AcceptedJobDto,
  AcceptedUploadDto,
  IngestJobDto,
  IngestJobListDto,
  IngestJobPageDto,
  RejectionPageDto,
  toAcceptedJobDto,
  toIngestJobDto,
  toIngestJobSummaryDto,
  toRejectionDto,
} from './ingest-job.dto';
import { IngestRequestReader } from './ingest-request-reader';
import { IngestQueryDto, IngestRequestDto } from './ingest-request.dto';
import { IngestionService } from './ingestion.service';
import { JobEvents } from './job-events';
import { NDJSON, NdjsonUpload } from './ndjson-upload';
import { decodeCursor, decodeNumberCursor, PageDto, pageOf } from '../common/page-cursor';

const BODY_TYPES = ['application/json', 'multipart/form-data', NDJSON];

/** Brings documents in. */
@ApiTags('ingestion')
@ApiBearerAuth()
@Controller('admin/ingest')
@RequireScope('ingest', 'admin')
export class IngestController {
  constructor(
    private readonly reader: IngestRequestReader,
    private readonly upload: NdjsonUpload,
    private readonly ingestion: IngestionService,
    private readonly jobs: IngestJobStore,
    private readonly events: JobEvents,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Bring documents in, all or none',
    description:
      'JSON, or multipart/form-data with files whose names are the external ids; the fields `collection`, `title`, ' +
      '`mime_type`, `last_modified`, `metadata` and `acl` (the last two as JSON) hold for all files. Once it has ' +
      'answered, nothing can be lost. Or application/x-ndjson of any length, one document a line, not all or none: ' +
      'lines are taken in as they come, and those that cannot be are told.',
  })
  @ApiConsumes(...BODY_TYPES)
  @BodyTypes(...BODY_TYPES)
  @LargeBody()
  @ApiBody({ type: IngestRequestDto })
  @ApiExtraModels(AcceptedJobDto, AcceptedUploadDto)
  @ApiAcceptedResponse({
    schema: { oneOf: [{ $ref: getSchemaPath(AcceptedJobDto) }, { $ref: getSchemaPath(AcceptedUploadDto) }] },
  })
  async ingest(
    @Req() request: FastifyRequest,
    @Query() { collection }: IngestQueryDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AcceptedJobDto | AcceptedUploadDto> {
    if (bodyTypeOf(request) === NDJSON) {
      const name = collection ?? DEFAULT_COLLECTION;
      requireCollection(principal, name);
      return this.upload.read(principal.tenantId, name, request.raw);
    }
    const read = await this.reader.read(request, collection);
    requireCollection(principal, read.collection);
    const { jobId, documents } = await this.ingestion.accept(principal.tenantId, read);
    return toAcceptedJobDto(jobId, documents);
  }

  @Get()
  @ApiOperation({ summary: 'Jobs, the newest first' })
  @ApiOkResponse({ type: IngestJobListDto })
  async list(
    @Query() { limit, cursor }: PageDto,
    @CurrentPrincipal() { tenantId, collections }: Principal,
  ): Promise<IngestJobListDto> {
    const before = decodeCursor(cursor, isUuid);
    const found = await this.jobs.list(tenantId, { before, limit: limit + 1, collections });
    const { rows, nextCursor } = pageOf(found, limit, ({ id }) => id);
    return { jobs: rows.map(toIngestJobSummaryDto), next_cursor: nextCursor };
  }

  @Get(':jobId')
  @ApiOperation({ summary: 'How far a job is' })
  @ApiOkResponse({ type: IngestJobDto })
  async job(
    @Param('jobId') jobId: string,
    @Query() { limit, cursor }: IngestJobPageDto,
    @CurrentPrincipal() { tenantId, collections }: Principal,
  ): Promise<IngestJobDto> {
    const after = decodeNumberCursor(cursor);
    const state = await this.jobs.get(tenantId, jobId, { after, limit: limit + 1, collections });
    return toIngestJobDto(state, limit);
  }

  @Get(':jobId/rejections')
  @ApiOperation({ summary: 'Lines of an upload that could not be taken in' })
  @ApiOkResponse({ type: RejectionPageDto })
  async rejections(
    @Param('jobId') jobId: string,
    @Query() { limit, cursor }: PageDto,
    @CurrentPrincipal() { tenantId, collections }: Principal,
  ): Promise<RejectionPageDto> {
    const after = decodeNumberCursor(cursor);
    const found = await this.jobs.rejections(tenantId, jobId, { after, limit: limit + 1, collections });
    const { rows, nextCursor } = pageOf(found, limit, ({ line }) => line);
    return { rejections: rows.map(toRejectionDto), next_cursor: nextCursor };
  }

  @Get(':jobId/events')
  @ApiOperation({ summary: 'The same as server-sent events: `progress` until `done`' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ type: IngestJobDto, description: 'The data of each event.' })
  jobEvents(
    @Param('jobId') jobId: string,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    return this.events.send(request, reply, principal, jobId);
  }
}
