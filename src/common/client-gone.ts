import type { FastifyReply } from 'fastify';

/** Why work for a request is broken off: its client hung up. There is nobody to be told. */
export class ClientGone extends Error {
  constructor() {
    super('the client hung up');
  }
}

/** A signal that ends with {@link ClientGone} when the client hangs up before its answer is complete. */
export function untilClientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const { raw } = reply;
  const look = () => {
    if (!raw.writableFinished) controller.abort(new ClientGone());
  };
  if (raw.destroyed) look();
  else raw.once('close', look);
  return controller.signal;
}
