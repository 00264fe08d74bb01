import { startApplication } from '../src/application';
import { SEARCH_MODES, type SearchMode } from '../src/retrieval/search-request';
import { type Evaluation, requiredText } from './evaluation';
import { mean, ndcgAt, recallAt, reciprocalRank } from './ranking-metrics';
import { readRetrievalSets, type RetrievalDocument, type RetrievalSet } from './retrieval-sets';
import { ServiceClient } from './service-client';
import { withSettings } from './settings';
import { formatTable, rounded } from './table';

/** One line of the result; measures are means over the set's questions, 0 to 1. */
interface RetrievalRow {
  set: string;
  mode: SearchMode;
  ndcg10: number;
  recall10: number;
  mrr: number;
}

/** Passages asked for: enough that ten different documents are among them. */
const TOP_K = 100;
/** Questions asked at the same time. */
const CONCURRENCY = 4;
const TELL_EVERY_MS = 10_000;

/** Ingests test collections through the service and ranks their documents through `POST /search`, in every mode. */
export const retrievalEvaluation: Evaluation = {
  summary: 'nDCG@10, recall@10 and MRR of vector, text and hybrid search on test collections',
  flags: {
    data: { type: 'string', value: 'DIR', required: true },
    set: { type: 'string', value: 'NAME', multiple: true },
    reuse: { type: 'boolean' },
  },
  run: (flags, progress) =>
    withSettings(async (config) => {
      const wanted = Array.isArray(flags.set) ? flags.set.map(String) : [];
      const sets = readRetrievalSets(requiredText(flags, 'data'), wanted);
      const batchSize = Math.min(500, config.ingestion.maxDocumentsPerRequest);
      const application = await startApplication(config);
      try {
        const client = new ServiceClient(application.url);
        const rows: RetrievalRow[] = [];
        for (const set of sets) {
          const collection = `eval-${set.name}`;
          if (flags.reuse !== true) await client.deleteCollection(collection);
          await client.ensureCollection(collection);
          await ingest(client, collection, set, batchSize, progress);
          for (const mode of SEARCH_MODES) rows.push(await measure(client, collection, set, mode, progress));
        }
        return { json: rows, text: formatTable(rows.map((row) => ({ ...row }))) };
      } finally {
        await application.stop();
      }
    }),
};

async function ingest(
  client: ServiceClient,
  collection: string,
  { name, documents }: RetrievalSet,
  batchSize: number,
  progress: (line: string) => void,
): Promise<void> {
  const startedMs = performance.now();
  let toldAtMs = startedMs;
  await client.ingest(collection, documents.map(toDocument), batchSize, (done) => {
    if (performance.now() - toldAtMs < TELL_EVERY_MS) return;
    toldAtMs = performance.now();
    progress(`${name}: ${done} of ${documents.length} documents after ${secondsSince(startedMs)} s`);
  });
  progress(`${name}: ${documents.length} documents ingested in ${secondsSince(startedMs)} s`);
}

function toDocument({ id, title, text }: RetrievalDocument) {
  const content = title === undefined ? text : `${title}. ${text}`;
  return { external_id: id, content, mime_type: 'text/plain' };
}

async function measure(
  client: ServiceClient,
  collection: string,
  { name, queries }: RetrievalSet,
  mode: SearchMode,
  progress: (line: string) => void,
): Promise<RetrievalRow> {
  const startedMs = performance.now();
  const scores: { ndcg10: number; recall10: number; mrr: number }[] = [];
  const waiting = [...queries];
  const lane = async () => {
    for (let query = waiting.pop(); query; query = waiting.pop()) {
      const passages = await client.search(collection, query.text, mode, TOP_K);
      // A document stands where its best passage stands.
      const ranking = [...new Set(passages.map(({ external_id }) => external_id))];
      scores.push({
        ndcg10: ndcgAt(10, ranking, query.relevant),
        recall10: recallAt(10, ranking, query.relevant),
        mrr: reciprocalRank(ranking, query.relevant),
      });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  progress(`${name}: ${queries.length} questions by ${mode} in ${secondsSince(startedMs)} s`);
  const average = (of: 'ndcg10' | 'recall10' | 'mrr') => rounded(mean(scores.map((score) => score[of])));
  return { set: name, mode, ndcg10: average('ndcg10'), recall10: average('recall10'), mrr: average('mrr') };
}

function secondsSince(startedMs: number): string {
  return ((performance.now() - startedMs) / 1000).toFixed(1);
}
