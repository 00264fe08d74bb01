import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startApplication } from '../src/application';
import { AppConfig } from '../src/config/app-config';

const USAGE = `npm run files-of-a-question -- [--json]

Counts the files of src/ of which a question runs something: one that is answered for the first time (miss), and the
same again (exact). On embedded parts, or where DATABASE_URL, REDIS_CACHE_URL and REDIS_QUEUE_URL say. Timers that fire
meanwhile count as well.`;

const SOURCE = join(__dirname, '..', 'src');
const DOCUMENT =
  'Refunds are issued within 30 days of purchase. The warranty lasts two years. Support answers on weekdays.';
/** The first ones run what runs once: whatever is loaded, prepared or measured for the first time. */
const WARM_UP = ['How long does the warranty last?', 'When does support answer?'];
const QUESTION = 'Within how many days are refunds issued?';

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'evergreen-files-'));
  const own = { DATA_DIR: folder, HOST: '127.0.0.1', PORT: '0', AUTH: 'disabled', LOG_LEVEL: 'error' };
  const session = new Session();
  session.connect();
  const application = await startApplication(AppConfig.parse({ ...process.env, ...own }));
  try {
    const ask = (query: string) => call(application.url, '/query', { query, user_id: 'reader' });
    await ingest(application.url);
    for (const query of WARM_UP) await ask(query);
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    const miss = await filesOf(session, () => ask(QUESTION), 'none');
    const exact = await filesOf(session, () => ask(QUESTION), 'exact');
    const result = { miss: miss.length, exact: exact.length, files: { miss, exact } };
    process.stdout.write(
      values.json
        ? `${JSON.stringify(result)}\n`
        : `${miss.join('\n')}\n\nmiss ${miss.length}, exact ${exact.length}\n`,
    );
  } finally {
    await application.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The files of `src/` in which a function runs while a question is answered, by the layer that is expected. */
async function filesOf(
  session: Session,
  ask: () => Promise<{ cache: { layer: string } }>,
  layer: string,
): Promise<string[]> {
  // Reading the counts sets them to 0.
  await session.post('Profiler.takePreciseCoverage');
  const answer = await ask();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  if (answer.cache.layer !== layer) throw new Error(`the layer was ${answer.cache.layer}, not ${layer}`);
  const files = result
    .filter(({ url, functions }) => url.startsWith('file:') && functions.some(ran))
    .map(({ url }) => relative(SOURCE, fileURLToPath(url)))
    .filter((file) => !file.startsWith('..'));
  return [...new Set(files)].sort();
}

function ran({ functionName, ranges }: { functionName: string; ranges: { count: number }[] }): boolean {
  return functionName !== '' && ranges[0].count > 0;
}

async function ingest(url: string): Promise<void> {
  const documents = [{ external_id: 'handbook.md', content: DOCUMENT }];
  const { job_id } = await call<{ job_id: string }>(url, '/admin/ingest', { documents });
  for (;;) {
    const { status } = await call<{ status: string }>(url, `/admin/ingest/${job_id}`);
    if (status === 'completed') return;
    if (status === 'failed') throw new Error('the document could not be read in');
    await delay(100);
  }
}

async function call<T = { cache: { layer: string } }>(url: string, path: string, body?: object): Promise<T> {
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(`${url}${path}`, body ? request : {});
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String((error as Error).stack ?? error)}\n`);
  process.exit(1);
});
