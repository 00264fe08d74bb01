import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { untilClientGone } from '../common/client-gone';
import { queryEvents } from './answer-events';
import { streamAnswer } from './answer-stream';
import { QueryDto } from './query.dto';
import { QueryResponseDto, toQueryResponse } from './query-response.dto';
import { QueryService } from './query.service';

@ApiTags('query')
@ApiBearerAuth()
@Controller('query')
export class QueryController {
  constructor(private readonly queries: QueryService) {}

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
  ): Promise<QueryResponseDto | void> {
    const startedMs = performance.now();
    const { id } = request;
    if (body.stream)
      return streamAnswer(reply, queryEvents(id, startedMs), (listening) =>
        this.queries.answer(body, principal, listening),
      );
    const answer = await this.queries.answer(body, principal, { signal: untilClientGone(reply) });
    return toQueryResponse(answer, performance.now() - startedMs, id);
  }
}
