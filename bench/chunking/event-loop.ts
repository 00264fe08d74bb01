import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { ChunkingService } from '../../src/chunking/chunking.service';
import type { AppConfig } from '../../src/config/app-config';
import type { EmbeddingModel } from '../../src/models/embedding-model';
import { rounded } from '../measure';

/** How much chunking in threads uses the event loop. */
export interface EventLoopBench {
  documents: number;
  kilobytesEach: number;
  /** Milliseconds that the event loop is busy per document. */
  busyMsPerDocument: number;
  /** Milliseconds by which a timer of one millisecond is late: how long a request would wait. */
  delayP99Ms: number;
  delayMaxMs: number;
}

const DOCUMENT_LENGTH = 100_000;
const WARM_UPS = 3;
const PAUSE_MS = 5;

/** Chunks documents of 100 KB sequentially as the service does, with embeddings that take no time. */
export async function measureEventLoop(
  text: string,
  config: AppConfig,
  model: EmbeddingModel,
  vectors: readonly Float32Array[],
): Promise<EventLoopBench> {
  const service = new ChunkingService(config);
  const documents = Array.from({ length: Math.floor(text.length / DOCUMENT_LENGTH) }, (_, i) =>
    text.slice(i * DOCUMENT_LENGTH, (i + 1) * DOCUMENT_LENGTH),
  );
  const cut = async (document: string) => {
    await service.chunk(document, {}, model, async (texts) =>
      texts.map((_, i) => vectors[i % vectors.length]),
    );
    await setTimeout(PAUSE_MS);
  };
  try {
    for (const document of documents.slice(0, WARM_UPS)) await cut(document);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const before = performance.eventLoopUtilization();
    for (const document of documents) await cut(document);
    const { active } = performance.eventLoopUtilization(before);
    delay.disable();
    return {
      documents: documents.length,
      kilobytesEach: DOCUMENT_LENGTH / 1000,
      busyMsPerDocument: rounded(active / documents.length, 2),
      delayP99Ms: rounded(delay.percentile(99) / 1e6, 1),
      delayMaxMs: rounded(delay.max / 1e6, 1),
    };
  } finally {
    await service.onApplicationShutdown();
  }
}
