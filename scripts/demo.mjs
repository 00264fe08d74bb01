/**
 * `npm run demo`: shows the main features over HTTP, on third-party text. Installs and builds if needed, starts the service in
 * embedded mode, ingests the README files of the installed packages, asks questions, repeats them literally and rephrased,
 * changes a document, and shows that the cached answer from it is no longer served.
 *
 *   --json  prints the final table as JSON, and nothing else, on stdout
 *   --keep  leaves the service running and prints its address
 *
 * Exits with 0 only if every step had the expected result.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { QUESTIONS } from './demo/questions.mjs';
import { readmes } from './demo/readmes.mjs';
import { startService } from './demo/service.mjs';
import { shorten, terminal } from './demo/terminal.mjs';
import { ensureBuild } from './ensure-build.mjs';
import { ensureInstall } from './ensure-install.mjs';

const CHECKOUT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const MIN_DOCUMENTS = 25;
const MIN_BYTES = 300_000;
const POLL_MS = 250;

const asJson = process.argv.includes('--json');
const keep = process.argv.includes('--keep');
const out = terminal(asJson ? process.stderr : process.stdout);

/** @throws Error that names what went wrong */
function demand(condition, what) {
  if (!condition) throw new Error(`the demo failed: ${what}`);
}

async function ingest(service, documents, label) {
  const { job_id } = await service.request('POST', '/admin/ingest', { documents });
  const progress = out.progressBar(label);
  for (;;) {
    const job = await service.request('GET', `/admin/ingest/${job_id}`);
    const ended = job.documents.filter(({ status }) => status === 'searchable' || status === 'failed').length;
    progress(ended, documents.length);
    if (job.status !== 'queued' && job.status !== 'processing') {
      demand(job.status === 'completed', `ingestion ended as ${job.status}`);
      return job;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Asks one question and prints the answer. */
async function ask(service, question) {
  const answer = await service.request('POST', '/query', { query: question, user_id: 'demo' });
  const { layer, similarity } = answer.cache;
  const near = layer === 'semantic' ? ` ${similarity.toFixed(3)}` : '';
  out.line(`  ? ${question}`);
  out.line(`    ${shorten(answer.response, 160)}`);
  out.line(
    `    ${answer.sources.join(', ') || 'no source'} · cache: ${layer}${near} · ${answer.latency_ms} ms`,
  );
  return answer;
}

async function askAll(service, title, questions, layer) {
  out.line(`\n${title}`);
  const answers = [];
  for (const question of questions) {
    const answer = await ask(service, question);
    demand(answer.cache.layer === layer, `"${question}" came from ${answer.cache.layer}, not ${layer}`);
    demand(answer.citations.length > 0, `"${question}" was answered without a citation`);
    answers.push(answer);
  }
  return answers;
}

/** The value of a counter, summed over its labels. */
async function counter(service, name) {
  const text = await service.request('GET', '/metrics');
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

const MARK = ', changed by the demo';

/** Changes a sentence that the answer quotes in the cited document, and asks again. */
async function changeDocument(service, documents, { question }, earlier) {
  const { external_id } = earlier.citations[0];
  const document = documents.find((candidate) => candidate.external_id === external_id);
  const quoted = earlier.response
    .split(/\s*\[\d+\]\s*/)
    .find((text) => text && document.content.includes(text));
  demand(quoted !== undefined, `no sentence of the answer is in ${external_id}`);
  const changed = quoted.replace(/[.:!?]*$/, (end) => MARK + end);
  const content = document.content.replace(quoted, () => changed);
  out.line(`\nChanging a sentence of ${external_id} that the first answer quotes`);
  await ingest(service, [{ ...document, content }], '  ingesting');
  const answer = await ask(service, question);
  demand(!answer.cache_hit, 'the outdated answer was served');
  demand(answer.response.includes(MARK), 'the new answer does not quote the changed sentence');
  // The old answer was removed by the change, or found stale by the question.
  const counters = ['rag_cache_invalidations_total', 'rag_cache_stale_prevented_total'];
  const counts = await Promise.all(counters.map((name) => counter(service, name)));
  return counts.reduce((sum, count) => sum + count, 0);
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function run(service) {
  const startedMs = performance.now();
  const documents = readmes(CHECKOUT);
  const bytes = documents.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  demand(documents.length >= MIN_DOCUMENTS && bytes >= MIN_BYTES, `too few README files (${bytes} bytes)`);
  out.line(`${documents.length} README files of the installed packages, ${Math.round(bytes / 1000)} KB`);
  const job = await ingest(service, documents, '  ingesting');

  const questions = QUESTIONS.map(({ question }) => question);
  const first = await askAll(service, 'First time', questions, 'none');
  const again = await askAll(service, 'Repeated literally', questions, 'exact');
  const reworded = await askAll(
    service,
    'Rephrased',
    QUESTIONS.map((q) => q.reworded),
    'semantic',
  );
  const stalePrevented = await changeDocument(service, documents, QUESTIONS[0], first[0]);
  demand(stalePrevented > 0, 'no cached answer was found to be stale');

  const hits = [...again, ...reworded];
  return {
    documents: documents.length,
    chunks: job.documents.reduce((sum, { chunks_total }) => sum + chunks_total, 0),
    bytes,
    questions: first.length + hits.length + 1,
    hits: { exact: again.length, semantic: reworded.length },
    misses: first.length + 1,
    stalePrevented,
    tokensSaved: hits.reduce((sum, { usage }) => sum + usage.saved_tokens, 0),
    hitMsP50: median(hits.map(({ latency_ms }) => latency_ms)),
    missMsP50: median(first.map(({ latency_ms }) => latency_ms)),
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
  };
}

function printTable(result) {
  out.line('\nResult');
  out.table([
    ['documents', `${result.documents} (${result.chunks} chunks, ${Math.round(result.bytes / 1000)} KB)`],
    ['questions', result.questions],
    ['hits', `${result.hits.exact} exact, ${result.hits.semantic} semantic`],
    ['misses', result.misses],
    ['stale answers prevented', result.stalePrevented],
    ['tokens saved', result.tokensSaved],
    ['median latency of hits', `${result.hitMsP50} ms`],
    ['median latency of misses', `${result.missMsP50} ms`],
    ['time', `${result.seconds} s`],
  ]);
}

async function main() {
  await ensureInstall();
  await ensureBuild();
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'evergreen-demo-'));
  const service = await startService(CHECKOUT, dataDir);
  const end = async () => {
    await service.stop();
    fs.rmSync(dataDir, { recursive: true, force: true });
  };
  process.once('SIGINT', () => void end().then(() => process.exit(130)));
  process.once('SIGTERM', () => void end().then(() => process.exit(143)));
  try {
    const result = await run(service);
    printTable(result);
    if (asJson) process.stdout.write(`${JSON.stringify(result)}\n`);
    if (keep) {
      out.line(
        `\nThe service keeps running at ${service.url} (try ${service.url}/docs); press Ctrl-C to stop it.`,
      );
      await service.exited;
    }
  } finally {
    await end();
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
