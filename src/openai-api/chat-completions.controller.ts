import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { OpenStreams } from '../auth/open-streams';
import { untilUnwanted, unlessAborted } from '../common/cancellation';
import { AppConfig } from '../config/app-config';
import { CLOCK, type Clock } from '../common/clock';
import { ValidationPipe } from '../common/validation.pipe';
import type { Listening } from '../query/answer';
import { streamAnswer } from '../query/answer-stream';
import { QueryService } from '../query/query.service';
import { chatChunks, toChatCompletion } from './chat-chunks';
import { ChatCompletionsDto } from './chat-completions.dto';
import { readConversation } from './chat-messages';

/** The user if the client sends none. */
const ANONYMOUS = 'openai';

/** OpenAI's chat endpoint: `model` names the collection, citations are in `evergreen`. */
@ApiTags('openai')
@ApiBearerAuth()
@Controller('v1/chat/completions')
export class ChatCompletionsController {
  constructor(
    private readonly queries: QueryService,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly streams: OpenStreams,
    private readonly config: AppConfig,
  ) {}

  @Post()
  @HttpCode(200)
  @RequireScope('query')
  @ApiOperation({ summary: "Answer a question from a collection, in OpenAI's format" })
  @ApiOkResponse({
    description:
      'OpenAI’s chat completion; citations and cache as in `POST /query` are in `evergreen`. With `stream`, chunks as server-sent events.',
  })
  @ApiBody({ type: ChatCompletionsDto })
  async create(
    @Body(new ValidationPipe({ ignoreUnknown: true, expectedType: ChatCompletionsDto })) // Not by parameter type: the service's pipe would refuse unknown fields.
    body: Readonly<ChatCompletionsDto>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const times = { requestId: request.id, startedMs: performance.now() };
    const created = Math.floor(this.clock.nowMs() / 1000);
    const head = { id: `chatcmpl-${request.id}`, created, model: body.model };
    const { question, history } = readConversation(body.messages);
    const user = body.user ?? principal.userId ?? ANONYMOUS;
    const query = { query: question, user_id: user, collection: body.model, history };
    const ask = (listening: Listening) => this.queries.answer(query, principal, listening);
    const { requestDeadlineMs: deadlineMs } = this.config;
    if (body.stream) {
      const signal = untilUnwanted(reply, deadlineMs, this.streams.attach(request, reply));
      const includeUsage = body.stream_options?.include_usage === true;
      return streamAnswer(reply, signal, chatChunks(head, times, includeUsage), ask);
    }
    const signal = untilUnwanted(reply, deadlineMs);
    return toChatCompletion(await unlessAborted(ask({ signal }), signal), head, times);
  }
}
