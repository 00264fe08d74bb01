import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { currentRequest } from '../observability/request-context';
import { sendAnswerEvents } from './answer-events';
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
    const answer = await this.queries.answer(body, principal);
    const current = currentRequest();
    if (current) current.cacheLayer = answer.cache.layer;
    const response = toQueryResponse(answer, performance.now() - startedMs, request.id);
    if (!body.stream) return response;
    sendAnswerEvents(reply, response);
  }
}
