import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { toQueryResponse } from '../query/query-response.dto';
import { QueryService } from '../query/query.service';
import { ChatCompletionsDto } from './chat-completions.dto';

/** OpenAI's chat endpoint over the documents: `model` names the collection, citations come in `evergreen`. */
@ApiTags('openai')
@ApiBearerAuth()
@Controller('v1/chat/completions')
export class ChatCompletionsController {
  constructor(
    private readonly queries: QueryService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @RequireScope('query')
  @ApiOperation({ summary: "Answer a question from a collection, in OpenAI's shape" })
  async create(
    @Body() body: ChatCompletionsDto,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const startedMs = performance.now();
    const answer = await this.queries.answer(toQuery(body), principal);
    const { response, usage, request_id, ...evergreen } = toQueryResponse(
      answer,
      performance.now() - startedMs,
      request.id,
    );
    const head = {
      id: `chatcmpl-${request_id}`,
      created: Math.floor(this.clock.nowMs() / 1000),
      model: body.model,
    };
    const { prompt_tokens, completion_tokens } = usage;
    const counts = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
    if (!body.stream)
      return {
        ...head,
        object: 'chat.completion',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: response },
            finish_reason: 'stop',
            logprobs: null,
          },
        ],
        usage: counts,
        evergreen: { ...evergreen, usage },
      };
    sendChunks(reply, [
      {
        ...head,
        choices: [{ index: 0, delta: { role: 'assistant', content: response }, finish_reason: null }],
      },
      {
        ...head,
        choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
        usage: counts,
        evergreen: { ...evergreen, usage },
      },
    ]);
  }
}

/** The last message as the question; the conversation before it as history. */
function toQuery({ messages, model, user }: ChatCompletionsDto) {
  const turns = messages.flatMap(({ role, content }) =>
    role === 'user' || role === 'assistant' ? [{ role, content }] : [],
  );
  const question = turns.pop();
  if (question?.role !== 'user' || question.content.trim() === '')
    throw new AppError('VALIDATION_FAILED', 'The last of messages must be the question of the user.', {
      details: { fields: [{ field: 'messages', problem: 'must end with a question of the user' }] },
    });
  return { query: question.content, user_id: user ?? 'openai', collection: model, history: turns };
}

function sendChunks(reply: FastifyReply, chunks: object[]): void {
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  for (const chunk of chunks)
    reply.raw.write(`data: ${JSON.stringify({ object: 'chat.completion.chunk', ...chunk })}\n\n`);
  reply.raw.end('data: [DONE]\n\n');
}
