/** Free ports, and whether a server answers on one. */
const net = require('node:net');
const { setTimeout: delay } = require('node:timers/promises');

const HOST = '127.0.0.1';

/** Whether nothing listens on the port. */
function isFree(port) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: HOST, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * A free loopback port between 20000 and 31999: below the range that the kernel gives to outgoing connections, so
 * that no client takes it while a server restarts.
 */
async function freePort() {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port between 20000 and 31999 on 127.0.0.1');
}

/** Sends `request` to the port. @returns the first bytes of the reply, or undefined on error, timeout or end */
function firstAnswer(port, request, timeoutMs) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: HOST });
    const finish = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    socket.once('end', () => finish(undefined));
    socket.once('connect', () => socket.write(request));
    socket.once('data', (data) => finish(data.toString('latin1')));
  });
}

/** The start-up message of the Postgres protocol, version 3.0. */
function postgresStartup() {
  const body = Buffer.from('user\0evergreen\0database\0evergreen\0\0');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(head.length + body.length, 0);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, body]);
}

/** Whether a Postgres or PgBouncer (asks for a password: `R`; an error while starting: `E`), Redis or Prometheus is ready. */
async function answers(kind, port, timeoutMs = 2_000) {
  if (kind === 'prometheus') {
    const reply = await firstAnswer(port, 'GET /-/ready HTTP/1.0\r\n\r\n', timeoutMs);
    return reply?.startsWith('HTTP/1.0 200') ?? false;
  }
  if (kind !== 'redis')
    return (await firstAnswer(port, postgresStartup(), timeoutMs))?.startsWith('R') ?? false;
  return (await firstAnswer(port, 'PING\r\n', timeoutMs))?.startsWith('+PONG') ?? false;
}

/** Polls `condition` every 25 ms until it is true. @returns false after `timeoutMs` */
async function becomesTrue(condition, timeoutMs) {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() >= endMs) return false;
    await delay(25);
  }
}

module.exports = { freePort, isFree, answers, becomesTrue };
