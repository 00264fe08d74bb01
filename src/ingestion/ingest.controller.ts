import { Controller, Get, HttpCode, type MessageEvent, Param, Post, Req, Sse } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { IngestJobStore } from '../corpus/ingest-job-store';
import { AcceptedJobDto, IngestJobDto, toAcceptedJobDto, toIngestJobDto } from './ingest-job.dto';
import { IngestRequestReader } from './ingest-request-reader';
import { IngestRequestDto } from './ingest-request.dto';
import { IngestionService } from './ingestion.service';
import { JobEvents } from './job-events';

/** Brings documents in. */
@ApiTags('ingestion')
@ApiBearerAuth()
@Controller('admin/ingest')
@RequireScope('ingest', 'admin')
export class IngestController {
  constructor(
    private readonly reader: IngestRequestReader,
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
      'answered, nothing can be lost.',
  })
  @ApiConsumes('application/json', 'multipart/form-data')
  @ApiBody({ type: IngestRequestDto })
  @ApiAcceptedResponse({ type: AcceptedJobDto })
  async ingest(
    @Req() request: FastifyRequest,
    @CurrentPrincipal() { tenantId }: Principal,
  ): Promise<AcceptedJobDto> {
    const { jobId, documents } = await this.ingestion.accept(tenantId, await this.reader.read(request));
    return toAcceptedJobDto(jobId, documents);
  }

  @Get(':jobId')
  @ApiOperation({ summary: 'How far a job is' })
  @ApiOkResponse({ type: IngestJobDto })
  async job(
    @Param('jobId') jobId: string,
    @CurrentPrincipal() { tenantId }: Principal,
  ): Promise<IngestJobDto> {
    return toIngestJobDto(await this.jobs.get(tenantId, jobId));
  }

  @Sse(':jobId/events')
  @ApiOperation({ summary: 'The same as server-sent events: `progress` until `done`' })
  jobEvents(
    @Param('jobId') jobId: string,
    @CurrentPrincipal() { tenantId }: Principal,
  ): Promise<Observable<MessageEvent>> {
    return this.events.of(tenantId, jobId);
  }
}
