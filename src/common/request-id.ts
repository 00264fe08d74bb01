import type { IncomingMessage } from 'node:http';
import { newId } from './ids';

const SANE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** The id of a request: what its `x-request-id` header says if that is harmless in a log, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) ? given : newId();
}
