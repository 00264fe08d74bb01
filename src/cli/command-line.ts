import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EvergreenClient, ServiceRefusal, ServiceUnreachable } from './evergreen-client';
import { EXIT_CODES } from './exit-codes';
import { IngestCommand } from './ingest-command';
import { findFiles } from './local-files';
import { ProgressBar } from './progress-bar';
import {
  answerText,
  type CollectionReply,
  ingestText,
  jobText,
  passagesText,
  type QueryReply,
  type ReadyReply,
  type SearchReply,
  statusText,
} from './reply-text';

const EXIT_HELP = `
Exit codes:
  0  success
  1  some documents failed
  2  wrong command, or its files do not exist
  3  the service is unavailable or not ready
  4  the service refused the request (API key, collection, job, question)`;

interface CommonOptions {
  url: string;
  apiKey?: string;
  json?: boolean;
}

interface Result {
  /** What `--json` prints. */
  json: object;
  text: string;
  exitCode: number;
}

/**
 * Runs the command line.
 * @param args arguments without node and the script
 * @returns the exit code, one of `EXIT_CODES`
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT_CODES.ok;
  const program = programOf((code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
    if (error instanceof ServiceUnreachable) return report(error, EXIT_CODES.unreachable);
    if (error instanceof ServiceRefusal) {
      const isUnavailable = error.status === 503;
      return report(
        `${error.code}: ${error.message}`,
        isUnavailable ? EXIT_CODES.unreachable : EXIT_CODES.refused,
      );
    }
    return report(error, EXIT_CODES.usage);
  }
}

function programOf(end: (exitCode: number) => void): Command {
  const run =
    <A extends unknown[]>(act: (client: EvergreenClient, ...given: A) => Promise<Result>) =>
    async (...given: [...A, Command]) => {
      const command = given[given.length - 1] as Command;
      const { url, apiKey, json = false } = command.optsWithGlobals<CommonOptions>();
      const result = await act(new EvergreenClient(url, apiKey), ...(given.slice(0, -1) as A));
      process.stdout.write(json ? `${JSON.stringify(result.json)}\n` : result.text);
      end(result.exitCode);
    };
  const program = new Command('evergreen')
    .description('Ingest documents into Evergreen and ask questions about them.')
    .addOption(
      new Option('--url <url>', 'address of the service')
        .env('EVERGREEN_URL')
        .default('http://127.0.0.1:3000')
        .argParser(webAddress),
    )
    .addOption(new Option('--api-key <key>', 'key with the scopes query and ingest').env('EVERGREEN_API_KEY'))
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXIT_HELP)
    .exitOverride();
  const collection = () => new Option('-c, --collection <name>', 'collection').default('default');

  program
    .command('ingest')
    .description('ingest files that are new or changed')
    .argument('<paths...>', 'files, folders, or patterns in quotes: "docs/**/*.md"')
    .addOption(collection())
    .option('--base <folder>', 'external ids are paths relative to it', '.')
    .option('--ignore <pattern...>', 'files to ignore', [])
    .option('--metadata <json>', 'metadata of every document', jsonObject)
    .option('--acl <principal...>', 'principals that may read them: user:alice group:hr')
    .option('--concurrency <n>', 'groups of 100 files processed at once', wholeNumber, 4)
    .option('--force', 'also send unchanged files')
    .option('--no-wait', 'exit as soon as they are accepted')
    .action(run(ingest));
  program
    .command('ask')
    .description('ask a question and print the answer with its sources')
    .argument('<question>')
    .addOption(collection())
    .option('--user <id>', 'user who asks', 'cli')
    .option('--top-k <n>', 'number of passages for the answer', wholeNumber)
    .action(run(ask));
  program
    .command('search')
    .description('search for passages')
    .argument('<query>')
    .addOption(collection())
    .option('--user <id>', 'user who searches')
    .option('--top-k <n>', 'number of passages', wholeNumber)
    .addOption(new Option('--mode <mode>', 'search mode').choices(['hybrid', 'vector', 'text']))
    .action(run(search));
  program
    .command('status')
    .description('show the state of the service and its collections, or the progress of a job')
    .argument('[job]', 'id of an ingestion job')
    .action(run(status));
  return program;
}

async function ingest(
  client: EvergreenClient,
  paths: string[],
  options: {
    collection: string;
    base: string;
    ignore: string[];
    metadata?: Record<string, unknown>;
    acl?: string[];
    concurrency: number;
    force?: boolean;
    wait: boolean;
    json?: boolean;
  },
): Promise<Result> {
  const files = await findFiles(paths, options);
  const startedMs = performance.now();
  const bar = new ProgressBar(process.stderr, files.length, process.stderr.isTTY);
  const command = new IngestCommand(client, { ...options, force: options.force ?? false }, (done) =>
    bar.update(done),
  );
  try {
    const summary = await command.run(files);
    return {
      json: summary,
      text: ingestText(summary, (performance.now() - startedMs) / 1000, options.wait),
      exitCode: summary.failed.length > 0 ? EXIT_CODES.someFailed : EXIT_CODES.ok,
    };
  } finally {
    bar.end();
  }
}

async function ask(
  client: EvergreenClient,
  query: string,
  { collection, user, topK }: { collection: string; user: string; topK?: number },
): Promise<Result> {
  const body = { query, collection, user_id: user, top_k: topK };
  const json = await client.request<QueryReply>('POST', '/query', body);
  return { json, text: answerText(json), exitCode: EXIT_CODES.ok };
}

async function search(
  client: EvergreenClient,
  query: string,
  { collection, user, topK, mode }: { collection: string; user?: string; topK?: number; mode?: string },
): Promise<Result> {
  const body = { query, collection, user_id: user, top_k: topK, mode };
  const json = await client.request<SearchReply>('POST', '/search', body);
  return { json, text: passagesText(json), exitCode: EXIT_CODES.ok };
}

async function status(client: EvergreenClient, job: string | undefined): Promise<Result> {
  if (job !== undefined) {
    const json = await client.request<Parameters<typeof jobText>[0]>(
      'GET',
      `/admin/ingest/${encodeURIComponent(job)}`,
    );
    const hasFailed = /failed|errors/.test(json.status);
    return { json, text: jobText(json), exitCode: hasFailed ? EXIT_CODES.someFailed : EXIT_CODES.ok };
  }
  // A service that is not ready responds with 503 and names the missing dependencies.
  const reply = await client.request<ReadyReply>('GET', '/health/ready', undefined, [503, 404]);
  // With a management port, health is not served here; the collections show that the service works.
  const isElsewhere = (reply as { error?: { code?: unknown } }).error?.code === 'NOT_FOUND';
  const ready: ReadyReply = isElsewhere ? { status: 'running', dependencies: {} } : reply;
  if (ready.status === undefined)
    throw new ServiceUnreachable('The service cannot be reached: another server answers at its address.');
  if (ready.status === 'unavailable')
    return { json: ready, text: statusText(ready, []), exitCode: EXIT_CODES.unreachable };
  const { collections } = await client.request<CollectionReply>('GET', '/admin/collections');
  return { json: { ...ready, collections }, text: statusText(ready, collections), exitCode: EXIT_CODES.ok };
}

/** Prints an error. @returns the exit code */
function report(error: unknown, exitCode: number): number {
  process.stderr.write(`evergreen: ${error instanceof Error ? error.message : String(error)}\n`);
  return exitCode;
}

function webAddress(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('It must be a URL, http://host:port.');
  return text;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
  return Number(text);
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw new InvalidArgumentError('It must be a JSON object, {"region": "eu"}.');
}
