import { createServer, type Server, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { FifoMutex } from './fifo-mutex';
import { type WireMessage, WireMessageReader } from './wire-message-reader';

/** Ends an exchange: the answer to a simple query or to Sync says whether a transaction is open. */
const ENDS_EXCHANGE = new Set(['startup', 'Q', 'S']);
const TERMINATE = 'X';
const NO_ENCRYPTION = Buffer.from('N');

/**
 * Lets several clients use the one session of a PGlite over a socket. A client has the session to itself from the
 * first message of an exchange to its end (Parse, Bind, Execute, Sync belong together), and from the begin of a
 * transaction to its end. The server of `@electric-sql/pglite-socket` switches clients after every message instead, so that
 * statements sent at the same time get each other's parameters.
 */
export class EmbeddedPostgresServer {
  private readonly mutex = new FifoMutex<object>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private busyMs = 0;

  /** @param nowMs a clock that is never set back */
  constructor(
    private readonly db: PGlite,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.server = createServer((socket) => this.serve(socket));
  }

  /** @param path of the Unix socket */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(path, resolve);
    });
  }

  /** Cuts all connections and stops listening. */
  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Runs one statement between two exchanges, as one more client. @returns its rows */
  async query(statement: string): Promise<unknown[]> {
    const client = {};
    await this.mutex.acquire(client);
    try {
      return (await this.db.query(statement)).rows;
    } finally {
      this.mutex.release(client);
    }
  }

  /** @returns for how long clients have used the session since this was asked last, in ms */
  takeBusyMs(): number {
    const { busyMs } = this;
    this.busyMs = 0;
    return busyMs;
  }

  private serve(socket: Socket): void {
    const reader = new WireMessageReader();
    this.sockets.add(socket);
    // One after another, as the client sent them.
    let work = Promise.resolve();
    const then = (next: () => Promise<void>) => {
      work = work.then(next).catch(() => void socket.destroy());
    };
    socket.on('data', (bytes) => {
      for (const message of reader.read(bytes)) then(() => this.handle(socket, message));
    });
    // What follows a broken connection is `close`.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
      then(() => this.leave(socket));
    });
  }

  private async handle(socket: Socket, { type, bytes }: WireMessage): Promise<void> {
    if (type === 'encryption-request') return void socket.write(NO_ENCRYPTION);
    if (type === TERMINATE || type === 'cancel-request') return void socket.end();
    if (socket.destroyed) return;
    await this.mutex.acquire(socket);
    const startedMs = this.nowMs();
    await this.db.runExclusive(() =>
      this.db.execProtocolRawStream(bytes, { onRawData: (data) => void socket.write(Buffer.from(data)) }),
    );
    this.busyMs += this.nowMs() - startedMs;
    if (ENDS_EXCHANGE.has(type) && !this.db.isInTransaction()) this.mutex.release(socket);
  }

  /** A client that disconnects in the middle leaves neither an open exchange nor a transaction behind. */
  private async leave(socket: Socket): Promise<void> {
    await this.mutex.acquire(socket);
    await this.db.exec('ROLLBACK');
    this.mutex.release(socket);
  }
}
