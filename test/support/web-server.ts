import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Page = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server of a test's own, on a free port of every loopback address. */
export interface WebServer {
  /** By an address, without a slash at the end. */
  url: string;
  port: number;
  /** What it was asked for, in order. */
  requests: IncomingMessage[];
  close(): Promise<void>;
}

/** Serves pages by their path; 404 for others. */
export async function startWebServer(pages: Record<string, Page>): Promise<WebServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const page = pages[(request.url ?? '').split('?')[0]];
    if (page) page(request, response);
    else response.writeHead(404).end('nothing here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
