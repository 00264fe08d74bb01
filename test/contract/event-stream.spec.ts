import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { AppError } from '../../src/common/app-error';
import { untilUnwanted } from '../../src/common/cancellation';
import { EventStream, type EventStreamOptions, eventFrame } from '../../src/common/event-stream';

const options: EventStreamOptions = { errorFrame: (error) => eventFrame({ code: error.code }, 'error') };
const frameOf = (text: string) => eventFrame({ text });

describe('EventStream over HTTP', () => {
  let server: FastifyInstance;
  let port: number;
  let serve: (reply: FastifyReply) => unknown;

  beforeAll(async () => {
    server = fastify({ forceCloseConnections: true });
    server.get('/', (_request, reply) => {
      void reply.header('x-request-id', 'one');
      serve(reply);
      return reply;
    });
    await server.listen({ port: 0, host: '127.0.0.1' });
    port = (server.server.address() as AddressInfo).port;
  });
  afterAll(() => server.close());

  const get = () => fetch(`http://127.0.0.1:${port}/`);
  /** A client that asks and reads nothing. */
  const idleClient = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.pause().write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    return socket;
  };

  it('sends what hooks have set, and what keeps proxies from waiting for the end', async () => {
    serve = (reply) => {
      const stream = new EventStream(reply, options);
      stream.send(eventFrame({ a: 1 }, 'meta'));
      stream.sendText('b', frameOf);
      stream.end();
    };
    const response = await get();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': 'one',
    });
    expect(await response.text()).toBe('event: meta\ndata: {"a":1}\n\ndata: {"text":"b"}\n\n');
  });

  it('keeps a silent connection alive by comments', async () => {
    serve = (reply) => {
      const stream = new EventStream(reply, { ...options, keepAliveMs: 20 });
      setTimeout(() => stream.end(), 110);
    };
    expect(await (await get()).text()).toMatch(/^(: keep-alive\n\n){2,5}$/);
  });

  it('ends with an event of the error once it has begun, and not before', async () => {
    const failed: boolean[] = [];
    serve = (reply) => {
      const stream = new EventStream(reply, options);
      failed.push(EventStream.fail(reply, new AppError('INTERNAL', 'no')));
      stream.send(eventFrame(1));
      failed.push(EventStream.fail(reply, new AppError('INTERNAL', 'no')));
    };
    expect(await (await get()).text()).toBe('data: 1\n\nevent: error\ndata: {"code":"INTERNAL"}\n\n');
    expect(failed).toEqual([false, true]);
  });

  it('gives a slow reader fewer and longer pieces, and all of the text', async () => {
    const piece = 'x'.repeat(1000);
    const count = 20_000;
    let frames = 0;
    serve = (reply) => {
      const stream = new EventStream(reply, options);
      for (let i = 0; i < count; i++) stream.sendText(piece, (text) => (frames++, frameOf(text)));
      stream.end();
    };
    const socket = await idleClient();
    await new Promise((resolve) => setTimeout(resolve, 100));
    // Most of it waits as one text; no frame was made for it yet.
    expect(frames).toBeLessThan(count / 2);
    let letters = 0;
    socket.on('data', (data) => (letters += data.toString('latin1').split('x').length - 1));
    socket.resume();
    while (letters < count * piece.length) await once(socket, 'data');
    socket.destroy();
    expect(letters).toBeGreaterThanOrEqual(count * piece.length);
    expect(frames).toBeLessThan(count / 2);
  });

  it('gives up a client that takes nothing, and tells who works for it', async () => {
    const gone = new Promise<Error>((resolve) => {
      serve = (reply) => {
        const stream = new EventStream(reply, { ...options, stallMs: 50 });
        const signal = untilUnwanted(reply, 60_000);
        signal.addEventListener('abort', () => resolve(signal.reason as Error));
        stream.sendText('x'.repeat(20_000_000), frameOf);
        stream.sendText('more', frameOf);
      };
    });
    const socket = await idleClient();
    expect((await gone).message).toBe('the client hung up');
    socket.destroy();
  });

  it('takes no harm from a client that is gone', async () => {
    const done = new Promise<void>((resolve) => {
      serve = (reply) => {
        const stream = new EventStream(reply, options);
        stream.send(eventFrame(1));
        reply.raw.once('close', () => {
          stream.send(eventFrame(2));
          stream.end();
          setImmediate(resolve);
        });
      };
    });
    const socket = await idleClient();
    socket.destroy();
    await done;
    serve = (reply) => void reply.send('still there');
    expect(await (await get()).text()).toBe('still there');
  });
});
