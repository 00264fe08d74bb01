import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A second port of the same application, on which routes with `@Management` are answered, and no others. */
export class ManagementPort {
  private readonly arrived = new WeakSet<IncomingMessage>();
  private readonly server: Server;

  constructor(fastify: FastifyInstance) {
    this.server = createServer((request, response) => {
      this.arrived.add(request);
      fastify.routing(request, response);
    });
  }

  /** @returns where it listens, e.g. `http://127.0.0.1:8081` */
  async listen(port: number, host: string): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => resolve());
    });
    const { address, family, port: taken } = this.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
  }

  /** Whether a request came by the port that its route is answered on. */
  isRight({ raw, routeOptions }: FastifyRequest): boolean {
    return this.arrived.has(raw) === Boolean(routeOptions.config?.management);
  }

  /** Probes and scrapers wait for nothing that is worth waiting for. */
  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
