import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toPgVector } from '../../src/common/vector';
import { ClusteredVectors } from '../retrieval/clustered-corpus';
import { seededRandom } from '../../test/support/seeded-random';

const SUBJECTS = 128;
const VECTORS_PER_SUBJECT = 32;

/**
 * An OpenAI-compatible `/v1/embeddings` that returns precomputed vectors, so that their computation is not measured. The texts
 * of one request get similar vectors, like the windows of one document.
 */
export class QuickEmbeddingServer {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(dimensions: number): Promise<QuickEmbeddingServer> {
    const random = seededRandom(1);
    const vectors = new ClusteredVectors(dimensions, random);
    const encoded = Array.from({ length: SUBJECTS }, () => {
      const subject = vectors.anySubject(random);
      return Array.from({ length: VECTORS_PER_SUBJECT }, () => toPgVector(vectors.near(subject, random)));
    });
    let requests = 0;
    const server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const { input, model } = JSON.parse(Buffer.concat(pieces).toString()) as {
          input: string | string[];
          model: string;
        };
        // pgvector's text form of a vector is JSON.
        const ofSubject = encoded[requests++ % SUBJECTS];
        const data = [input]
          .flat()
          .map(
            (_, i) => `{"object":"embedding","index":${i},"embedding":${ofSubject[i % VECTORS_PER_SUBJECT]}}`,
          );
        const usage = { prompt_tokens: 1, total_tokens: 1 };
        response.setHeader('content-type', 'application/json');
        response.end(
          `{"object":"list","model":${JSON.stringify(model)},"usage":${JSON.stringify(usage)},"data":[${data.join()}]}`,
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new QuickEmbeddingServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}
