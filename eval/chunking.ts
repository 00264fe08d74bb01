import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import { type Application, startApplication } from '../src/application';
import type { Chunk } from '../src/chunking/chunk';
import { ChunkingService } from '../src/chunking/chunking.service';
import { EMBEDDING_MODEL, type EmbeddingModel } from '../src/models/embedding-model';
import { bootstrapInterval } from './bootstrap';
import { type Evaluation, requiredText } from './evaluation';
import { readSpanSet, type SpanSet } from './gold-spans';
import { cutWithPeer } from './peer-chunkers';
import { mean } from './ranking-metrics';
import { ServiceClient } from './service-client';
import { withSettings } from './settings';
import { precisionOmega, recallWithin, type Span, type SpanScores, spanScores } from './span-metrics';
import { formatTable, rounded } from './table';
import { chunkerNames, type CutterName, isOwn, REFERENCE } from './text-cutters';

/** Measures of one question. */
interface QuestionScores extends SpanScores {
  corpus: string;
  precisionOmega: number;
  recallAt500: number;
  recallAt1000: number;
  recallAt2000: number;
}

/** Chunks that an answer would get. */
const TOP_CHUNKS = 5;
/** Enough for 2,000 tokens. */
const TOP_K = 100;
const ALL = 'all';

/** Ingests corpora with each chunker, retrieves by hybrid search, and scores the chunks against gold spans. */
export const chunkingEvaluation: Evaluation = {
  summary: 'how well retrieved chunks cover gold spans (recall, precision, IoU, recall within tokens)',
  flags: {
    data: { type: 'string', value: 'DIR', required: true },
    chunker: { type: 'string', value: 'NAME|all', multiple: true },
  },
  run: (flags, progress) =>
    withSettings(async (config) => {
      const set = readSpanSet(requiredText(flags, 'data'));
      const names = chunkerNames(flags.chunker);
      const application = await startApplication(config);
      try {
        const client = new ServiceClient(application.url);
        const rows = [];
        let reference: QuestionScores[] | null = null;
        for (const name of names) {
          const { scores, chunks } = await measure(application, client, name, set, progress);
          if (name === REFERENCE) reference = scores;
          rows.push(...rowsOf(name, set, scores, chunks, reference));
        }
        const shown = rows.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [
              name,
              Array.isArray(value) ? value.join(' - ') : value,
            ]),
          ),
        );
        return { json: rows, text: formatTable(shown) };
      } finally {
        await application.stop();
      }
    }),
};

async function measure(
  { app }: Application,
  client: ServiceClient,
  chunker: CutterName,
  { corpora, questions }: SpanSet,
  progress: (line: string) => void,
): Promise<{ scores: QuestionScores[]; chunks: (Span & { tokens: number })[] }> {
  const collection = `eval-chunking-${chunker}`;
  await client.deleteCollection(collection);
  await client.ensureCollection(collection, isOwn(chunker) ? { chunker } : {});
  const documents = [...corpora].map(([name, content]) => ({
    external_id: name,
    content,
    mime_type: 'text/markdown',
  }));
  const ingest = () => client.ingest(collection, documents, documents.length, () => undefined);
  if (isOwn(chunker)) await ingest();
  else {
    const model = app.get<EmbeddingModel>(EMBEDDING_MODEL, { strict: false });
    const cut = (text: string) => cutWithPeer(chunker, text, (part) => model.countTokens(part));
    await cuttingWith(app.get(ChunkingService, { strict: false }), cut, ingest);
  }
  const chunks = (await client.chunks(collection)).map(toSpan);
  progress(`${chunker}: ${chunks.length} chunks`);
  const scores: QuestionScores[] = [];
  for (const { corpus, question, gold } of questions) {
    const found = (await client.search(collection, question, 'hybrid', TOP_K)).map(toSpan);
    scores.push({
      corpus,
      ...spanScores(gold, found.slice(0, TOP_CHUNKS)),
      precisionOmega: precisionOmega(gold, chunks),
      recallAt500: recallWithin(500, gold, found),
      recallAt1000: recallWithin(1000, gold, found),
      recallAt2000: recallWithin(2000, gold, found),
    });
  }
  progress(`${chunker}: ${questions.length} questions`);
  return { scores, chunks };
}

/** Everything after cutting is the service's own, whoever cuts. */
async function cuttingWith(
  service: ChunkingService,
  cut: (text: string) => Promise<Chunk[]>,
  work: () => Promise<void>,
): Promise<void> {
  const own = service.chunk.bind(service);
  service.chunk = async (text) => ({ chunks: await cut(text), boundaries: [] });
  try {
    await work();
  } finally {
    service.chunk = own;
  }
}

function toSpan(chunk: { external_id: string; start: number; end: number; content: string }) {
  const { external_id: document, start, end, content } = chunk;
  return { document, start, end, tokens: countTokens(content) };
}

function rowsOf(
  chunker: CutterName,
  { corpora }: SpanSet,
  scores: readonly QuestionScores[],
  chunks: readonly (Span & { tokens: number })[],
  reference: readonly QuestionScores[] | null,
) {
  return [ALL, ...corpora.keys()].map((corpus) => {
    const concerns = (name: string) => corpus === ALL || name === corpus;
    const own = scores.filter((score) => concerns(score.corpus));
    const drift = reference?.filter((score) => concerns(score.corpus));
    const ownChunks = chunks.filter(({ document }) => concerns(document));
    const average = (of: Exclude<keyof QuestionScores, 'corpus'>) =>
      rounded(mean(own.map((score) => score[of])));
    const interval = (values: number[]) => bootstrapInterval(values).map((value) => rounded(value));
    const againstDrift = (of: 'recall' | 'iou' | 'recallAt1000') =>
      drift && scores !== reference ? interval(own.map((score, i) => score[of] - drift[i][of])) : null;
    return {
      chunker,
      corpus,
      recall: average('recall'),
      precision: average('precision'),
      iou: average('iou'),
      precisionOmega: average('precisionOmega'),
      recallAt500: average('recallAt500'),
      recallAt1000: average('recallAt1000'),
      recallAt2000: average('recallAt2000'),
      chunks: ownChunks.length,
      meanTokens: rounded(mean(ownChunks.map(({ tokens }) => tokens)), 1),
      recallInterval: interval(own.map(({ recall }) => recall)),
      /** Paired: the intervals of the differences to the drift chunker, if that was measured too. */
      recallAgainstDrift: againstDrift('recall'),
      iouAgainstDrift: againstDrift('iou'),
      recallAt1000AgainstDrift: againstDrift('recallAt1000'),
    };
  });
}
