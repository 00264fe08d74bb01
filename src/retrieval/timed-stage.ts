import type { Metrics } from '../observability/metrics';

/** Runs one stage of retrieval; its time goes to `rag_retrieval_latency_seconds{stage}`, also where it fails. */
export async function timedStage<T>(metrics: Metrics, stage: string, work: () => Promise<T>): Promise<T> {
  const end = metrics.retrievalLatency.startTimer({ stage });
  try {
    return await work();
  } finally {
    end();
  }
}
