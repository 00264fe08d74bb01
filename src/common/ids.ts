import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A random UUID (version 4), for rows and requests. */
export function newId(): string {
  return randomUUID();
}

/**
 * A UUID (version 7) whose order is its time of creation, for rows that are read in insertion order.
 * @see RFC 9562, section 5.7
 */
export function newOrderedId(nowMs: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a string has the form of a UUID, so that it may be sent to Postgres as one. */
export function isUuid(value: string): boolean {
  return UUID.test(value);
}

const SANE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** The id of a request: what its `x-request-id` header says if that is harmless in a log, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) ? given : newId();
}
