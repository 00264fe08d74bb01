import type { FastifyReply } from 'fastify';
import type { AppError } from '../common/app-error';
import { EventStream } from '../common/event-stream';
import { unlessAborted } from '../common/cancellation';
import type { Answer, Listening } from './answer';

/** What is known of an answer when its first text is sent. */
export type AnswerHead = Pick<Answer, 'citations' | 'cache' | 'standaloneQuery'>;

/** How the parts of an answer stand in a stream; each gives one or more whole events. */
export interface AnswerFrames {
  head: (head: AnswerHead) => string;
  text: (text: string) => string;
  end: (answer: Answer) => string;
  error: (error: AppError) => string;
}

/** About a line of text: what a reader sees arrive at once, of an answer that is there already. */
const PIECE_CHARACTERS = 80;
/** Of an answer that is being written. */
const NOT_CACHED: Answer['cache'] = {
  layer: 'none',
  similarity: null,
  certainty: null,
  ageSeconds: null,
  ttlSeconds: null,
  validatedBy: null,
  matchedQuery: null,
  entryId: null,
};

/**
 * Sends an answer as it is written; one that was there already in pieces as well. Until its first text, or ten seconds,
 * an error can still be answered with its status; later it is an event.
 * @param signal ends when the answer is no longer wanted
 * @throws what `ask` throws; the signal's reason
 */
export async function streamAnswer(
  reply: FastifyReply,
  signal: AbortSignal,
  frames: AnswerFrames,
  ask: (listening: Listening) => Promise<Answer>,
): Promise<void> {
  const stream = new EventStream(reply, { errorFrame: frames.error });
  let begun = false;
  const begin = (head: AnswerHead) => {
    begun = true;
    stream.send(frames.head(head));
  };
  const asked = ask({
    signal,
    onEvent: (event) => {
      if (signal.aborted) return;
      if ('citations' in event) begin({ ...event, cache: NOT_CACHED });
      else stream.sendText(event.text, frames.text);
    },
  });
  const answer = await unlessAborted(asked, signal);
  if (!begun) {
    begin(answer);
    for (const piece of pieces(answer.text)) stream.sendText(piece, frames.text);
  }
  stream.send(frames.end(answer));
  stream.end();
}

/** Pieces that end between words, where there are words, and never inside a surrogate pair. */
function pieces(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${PIECE_CHARACTERS}}(?:\\s|$)|[^]{1,${PIECE_CHARACTERS}}`, 'gu')) ?? [];
}
