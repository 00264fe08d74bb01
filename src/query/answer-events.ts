import type { FastifyReply } from 'fastify';
import type { QueryResponseDto } from './query-response.dto';

/** About a line of text: what a reader sees arrive at once. */
const DELTA_CHARACTERS = 80;

/** Sends an answer as the server-sent events `meta`, `delta`…, `done`. */
export function sendAnswerEvents(reply: FastifyReply, answer: QueryResponseDto): void {
  const { response, usage, latency_ms, ...meta } = answer;
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  const send = (event: string, data: unknown) =>
    reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  send('meta', meta);
  for (const text of pieces(response)) send('delta', { text });
  send('done', { usage, latency_ms });
  reply.raw.end();
}

/** Pieces that end between words, where there are words, and never inside a surrogate pair. */
function pieces(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${DELTA_CHARACTERS}}(?:\\s|$)|[^]{1,${DELTA_CHARACTERS}}`, 'gu')) ?? [];
}
