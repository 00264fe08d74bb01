/** Start of a connection: no type byte; the code says what is requested. */
const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;

/** One message of the Postgres protocol, as bytes and by its type; start-up messages have types of their own. */
export interface WireMessage {
  type: 'startup' | 'encryption-request' | 'cancel-request' | string;
  bytes: Uint8Array;
}

/**
 * Cuts a connection's bytes into the messages of the Postgres protocol.
 * @see https://www.postgresql.org/docs/17/protocol-message-formats.html
 */
export class WireMessageReader {
  private buffer: Buffer = Buffer.alloc(0);
  private started = false;

  /** @returns the messages that are complete with these bytes, in order */
  read(bytes: Buffer): WireMessage[] {
    this.buffer = this.buffer.length === 0 ? bytes : Buffer.concat([this.buffer, bytes]);
    const messages: WireMessage[] = [];
    for (let message = this.next(); message !== null; message = this.next()) messages.push(message);
    return messages;
  }

  private next(): WireMessage | null {
    const lengthAt = this.started ? 1 : 0;
    if (this.buffer.length < lengthAt + 4) return null;
    const length = lengthAt + this.buffer.readInt32BE(lengthAt);
    if (this.buffer.length < Math.max(length, 8 * (1 - lengthAt))) return null;
    const bytes = this.buffer.subarray(0, length);
    this.buffer = this.buffer.subarray(length);
    if (this.started) return { type: String.fromCharCode(bytes[0]), bytes };
    const code = bytes.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) return { type: 'encryption-request', bytes };
    if (code === CANCEL_REQUEST) return { type: 'cancel-request', bytes };
    this.started = true;
    return { type: 'startup', bytes };
  }
}
