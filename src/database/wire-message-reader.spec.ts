import { WireMessageReader } from './wire-message-reader';

function message(type: string, body: string): Buffer {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.write(type, 0);
  bytes.writeInt32BE(4 + body.length, 1);
  bytes.write(body, 5);
  return bytes;
}

function startup(code: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32BE(8, 0);
  bytes.writeInt32BE(code, 4);
  return bytes;
}

describe('WireMessageReader', () => {
  const stream = Buffer.concat([
    startup(80877103),
    startup(196608),
    message('Q', 'SELECT 1'),
    message('X', ''),
  ]);
  const types = ['encryption-request', 'startup', 'Q', 'X'];

  it('reads messages that arrive together', () => {
    expect(new WireMessageReader().read(stream).map(({ type }) => type)).toEqual(types);
  });

  it('reads messages that arrive byte by byte, unchanged', () => {
    const reader = new WireMessageReader();
    const messages = [...stream].flatMap((byte) => reader.read(Buffer.of(byte)));
    expect(messages.map(({ type }) => type)).toEqual(types);
    expect(Buffer.concat(messages.map(({ bytes }) => bytes))).toEqual(stream);
  });

  it('knows a request to cancel', () => {
    expect(new WireMessageReader().read(startup(80877102))[0].type).toBe('cancel-request');
  });
});
