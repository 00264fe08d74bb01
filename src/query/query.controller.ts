import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { OpenStreams } from '../auth/open-streams';
import { untilUnwanted, unlessAborted } from '../common/cancellation';
import { AppConfig } from '../config/app-config';
import { streamAnswer } from './answer-stream';
import { QueryDto } from './query.dto';
import { queryEvents, QueryResponseDto, queryResponseJson } from './query-response.dto';
import { QueryService } from './query.service';

@ApiTags('query')
@ApiBearerAuth()
@Controller('query')
export class QueryController {
  constructor(
    private readonly queries: QueryService,
    private readonly streams: OpenStreams,
    private readonly config: AppConfig,
  ) {}

  @Post()
  @HttpCode(200)
  @RequireScope('query')
  @ApiOperation({ summary: 'Answer a question from the documents, with citations' })
  @ApiOkResponse({ type: QueryResponseDto })
  async query(
    @Body() body: QueryDto,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | void> {
    const startedMs = performance.now();
    const { id } = request;
    const { requestDeadlineMs: deadlineMs } = this.config;
    if (body.stream) {
      const signal = untilUnwanted(reply, deadlineMs, this.streams.attach(request, reply));
      return streamAnswer(reply, signal, queryEvents(id, startedMs), (listening) =>
        this.queries.answer(body, principal, listening),
      );
    }
    const signal = untilUnwanted(reply, deadlineMs);
    const answer = await unlessAborted(this.queries.answer(body, principal, { signal }), signal);
    void reply.type('application/json; charset=utf-8');
    return queryResponseJson(answer, performance.now() - startedMs, id);
  }
}
