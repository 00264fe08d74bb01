import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { AppConfig } from '../../src/config/app-config';
import { windowTexts } from '../../src/corpus/window-texts';
import { EmbeddedPostgres } from '../../src/database/embedded-postgres';
import { embeddingModelOf } from '../../src/models/embedding-models';
import { type DocumentInput, Evergreen, temporaryFolder } from '../../test/support/evergreen';
import { seededRandom } from '../../test/support/seeded-random';
import { CHECKOUT } from '../../test/support/services';
import { percentile, rounded, timed } from '../measure';
import { note } from '../note';
import { type HeadingQuestion, headingQuestions } from './heading-questions';

/** Result of `npm run bench -- embedded --json`. 1 MB = 10⁶ bytes. */
export interface EmbeddedBench {
  documents: number;
  /** Bytes of content. */
  megabytes: number;
  /** From the first byte sent until every document is searchable. */
  ingestSeconds: number;
  /** Seconds of the local model alone, for the windows that ingestion embedded. */
  embeddingAloneSeconds: number;
  chunks: number;
  /** `POST /search` with a question never asked before, one at a time. */
  searchMsP50: number;
  searchMsP99: number;
  /** CPU time of the process per search: about the median on an idle machine. */
  searchCpuMs: number;
  /** `POST /query` with a rephrased question; null if none was a hit. */
  semanticHitMsP50: number | null;
  /** Rephrased questions that were semantic hits. */
  semanticHits: number;
  /** Resident memory at the end. */
  memoryMb: number;
  /** Size of the database's folder after the service has ended. */
  diskMb: number;
}

const LEAST_BYTES = 2000;
const DOCUMENTS_PER_REQUEST = 100;
const INGEST_TIMEOUT_MS = 3_600_000;
const SEARCHES = 100;
const REWORDED = 40;
const EMBED_BATCH = 256;

/**
 * `npm run bench -- embedded`: runs the built service with default settings in a new folder, ingests the README files of
 * `node_modules` (or the text files of `--data`), searches, and asks rephrased questions.
 */
export async function benchEmbedded(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      data: { type: 'string' },
      documents: { type: 'string', default: '350' },
    },
  });
  const most = Number(values.documents);
  const documents = (values.data ? await filesOf(values.data) : await readmes()).slice(0, most);
  const result = await measure(documents);
  process.stdout.write(`${JSON.stringify(result, null, values.json ? undefined : 2)}\n`);
}

async function measure(documents: readonly DocumentInput[]): Promise<EmbeddedBench> {
  const folder = temporaryFolder();
  const service = await Evergreen.start({ DATA_DIR: folder.path, LOG_LEVEL: 'warn' });
  try {
    note(`${documents.length} documents to become searchable`);
    const { ms } = await timed(() => ingest(service, documents));
    const questions = headingQuestions(documents, seededRandom(1));
    note('searching');
    const searches = await search(service, questions.slice(0, SEARCHES));
    note('asking again');
    const semantic = await askAgain(service, questions.slice(SEARCHES, SEARCHES + REWORDED));
    const memoryMb = residentMb(service.process.pid!);
    await service.stop();
    note('embedding alone');
    const { chunks, windows } = await embeddedWindows(folder.path);
    return {
      documents: documents.length,
      megabytes: rounded(documents.reduce((sum, { content }) => sum + content!.length, 0) / 1e6, 2),
      ingestSeconds: rounded(ms / 1000, 1),
      embeddingAloneSeconds: rounded((await embedAlone(folder.path, windows)) / 1000, 1),
      chunks,
      searchMsP50: rounded(percentile(searches.times, 0.5), 1),
      searchMsP99: rounded(percentile(searches.times, 0.99), 1),
      searchCpuMs: rounded(searches.cpuMs / searches.times.length, 1),
      semanticHitMsP50: semantic.length > 0 ? rounded(percentile(semantic, 0.5), 1) : null,
      semanticHits: semantic.length,
      memoryMb,
      diskMb: rounded((await bytesOf(join(folder.path, 'postgres'))) / 1e6, 0),
    };
  } finally {
    await service.kill();
    folder.remove();
  }
}

async function ingest(service: Evergreen, documents: readonly DocumentInput[]): Promise<void> {
  const jobs: string[] = [];
  for (let from = 0; from < documents.length; from += DOCUMENTS_PER_REQUEST) {
    const { body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: documents.slice(from, from + DOCUMENTS_PER_REQUEST),
    });
    jobs.push(body.job_id);
  }
  for (const job of jobs) {
    const { status } = await service.finishedJob(job, INGEST_TIMEOUT_MS);
    if (status !== 'completed') throw new Error(`ingestion ended as ${status}`);
  }
}

async function search(
  service: Evergreen,
  questions: readonly HeadingQuestion[],
): Promise<{ times: number[]; cpuMs: number }> {
  const times: number[] = [];
  const beganMs = cpuMs(service.process.pid!);
  for (const { question } of questions) {
    const { ms, result } = await timed(() => service.request('POST', '/search', { query: question }));
    if (result.status !== 200) throw new Error(`search: ${result.status} ${JSON.stringify(result.body)}`);
    times.push(ms);
  }
  return { times, cpuMs: cpuMs(service.process.pid!) - beganMs };
}

/** @returns milliseconds of the semantic hits */
async function askAgain(service: Evergreen, questions: readonly HeadingQuestion[]): Promise<number[]> {
  const ask = (query: string) =>
    timed(() => service.request<{ cache: { layer: string } }>('POST', '/query', { query, user_id: 'bench' }));
  const times: number[] = [];
  for (const { question } of questions) await ask(question);
  for (const { reworded } of questions) {
    const { ms, result } = await ask(reworded);
    if (result.body.cache.layer === 'semantic') times.push(ms);
  }
  return times;
}

/** The texts that the model embedded, from the chunks in the service's folder. */
async function embeddedWindows(dataDir: string): Promise<{ chunks: number; windows: string[] }> {
  const database = await EmbeddedPostgres.start(dataDir);
  const client = new Client({ connectionString: database.url });
  try {
    await client.connect();
    const { rows } = await client.query<{ content: string; windows: number[] }>(
      'SELECT content, windows FROM chunk',
    );
    // Equal texts are embedded once.
    const texts = new Set(rows.flatMap(({ content, windows }) => windowTexts(content, windows)));
    return { chunks: rows.length, windows: [...texts] };
  } finally {
    await client.end();
    await database.stop();
  }
}

/** @returns milliseconds */
async function embedAlone(dataDir: string, windows: readonly string[]): Promise<number> {
  const model = embeddingModelOf(AppConfig.parse({ DATA_DIR: dataDir }));
  try {
    await model.embed(['The model is loaded by its first text.']);
    const { ms } = await timed(async () => {
      for (let from = 0; from < windows.length; from += EMBED_BATCH)
        await model.embed(windows.slice(from, from + EMBED_BATCH));
    });
    return ms;
  } finally {
    await model.close();
  }
}

/** The README files of the installed packages, except short ones that only link elsewhere. */
async function readmes(): Promise<DocumentInput[]> {
  const root = join(CHECKOUT, 'node_modules');
  const names = (await readdir(root)).flatMap((name) => (name.startsWith('.') ? [] : [name]));
  const packages = await Promise.all(
    names.map(async (name) =>
      name.startsWith('@') ? (await readdir(join(root, name))).map((part) => `${name}/${part}`) : [name],
    ),
  );
  const found = await Promise.all(packages.flat().map((name) => textFiles(root, name, /^readme\.md$/i)));
  return found.flat();
}

/** The text files of a folder and its subfolders. */
async function filesOf(root: string): Promise<DocumentInput[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  const folders = [...new Set(entries.map(({ parentPath }) => parentPath.slice(root.length + 1)))].sort();
  return (await Promise.all(folders.map((folder) => textFiles(root, folder, /\.(?:md|txt)$/i)))).flat();
}

async function textFiles(root: string, folder: string, names: RegExp): Promise<DocumentInput[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && names.test(entry.name));
  const documents = await Promise.all(
    files.map(async ({ name }) => ({
      external_id: join(folder, name),
      title: folder || name,
      mime_type: 'text/markdown',
      content: await readFile(join(root, folder, name), 'utf8'),
    })),
  );
  return documents.filter(({ content }) => content.length >= LEAST_BYTES);
}

async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const sizes = await Promise.all(
    entries.map(async (entry) =>
      entry.isFile() ? (await stat(join(entry.parentPath, entry.name))).size : 0,
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function residentMb(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return rounded((Number(kilobytes) * 1024) / 1e6, 0);
}

/** CPU time of a process so far; Linux counts it in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
