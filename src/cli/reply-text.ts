import type { IngestSummary, LostFile } from './ingest-command';

const MAX_LISTED = 20;
const EXCERPT_LENGTH = 300;

interface Source {
  external_id: string;
  title: string | null;
  page: string | null;
}

/** The shown fields of `POST /query`. */
export interface QueryReply {
  response: string;
  cache_hit: boolean;
  citations: (Source & { n: number })[];
}

/** The shown fields of `POST /search`. */
export interface SearchReply {
  passages: (Source & { score: number; content: string })[];
}

/** The shown fields of `GET /health/ready`; without a status it is not a response of Evergreen. */
export interface ReadyReply {
  status?: string;
  dependencies?: Record<string, { status: string }>;
}

/** The shown fields of `GET /admin/collections`. */
export interface CollectionReply {
  collections: { name: string; documents: number }[];
}

/** The result of an ingestion as text. */
export function ingestText(summary: IngestSummary, seconds: number, waited: boolean): string {
  const { files, ingested, unchanged, skipped, failed, collection } = summary;
  const counts = [
    `${ingested} ${waited ? 'ingested' : 'accepted'}`,
    `${unchanged} unchanged`,
    `${skipped.length} skipped`,
    `${failed.length} failed`,
  ];
  const head = `${files} files for ${collection}: ${counts.join(', ')}, in ${seconds.toFixed(1)} s\n`;
  return head + lostText('skipped', skipped) + lostText('failed', failed);
}

/** An answer and its sources. */
export function answerText({ response, citations, cache_hit }: QueryReply): string {
  const sources = citations.map((citation) => `  [${citation.n}] ${sourceText(citation)}`);
  return `${[response, ...(sources.length > 0 ? ['', ...sources] : []), ...(cache_hit ? ['', '(from the cache)'] : [])].join('\n')}\n`;
}

/** Passages, best first. */
export function passagesText({ passages }: SearchReply): string {
  if (passages.length === 0) return 'nothing found\n';
  return passages
    .map((passage) => {
      const words = passage.content.replace(/\s+/g, ' ');
      const excerpt = words.length > EXCERPT_LENGTH ? `${words.slice(0, EXCERPT_LENGTH)}…` : words;
      return `${passage.score.toFixed(3)}  ${sourceText(passage)}\n       ${excerpt}\n`;
    })
    .join('\n');
}

/** The progress of a job as text. */
export function jobText(job: {
  status: string;
  documents: { external_id: string; status: string; error: { code: string; message: string } | null }[];
}): string {
  const counts = new Map<string, number>();
  for (const { status } of job.documents) counts.set(status, (counts.get(status) ?? 0) + 1);
  const failed = job.documents.flatMap(({ external_id, error }) =>
    error ? [{ external_id, ...error }] : [],
  );
  const states = [...counts].map(([status, count]) => `${count} ${status}`).join(', ');
  return `${job.status}: ${states}\n${lostText('failed', failed)}`;
}

/** The state of the service, its missing dependencies and its collections as text. */
export function statusText(
  { status = '', dependencies = {} }: ReadyReply,
  collections: CollectionReply['collections'],
): string {
  const down = Object.keys(dependencies).filter((name) => dependencies[name].status === 'down');
  const width = Math.max(10, ...collections.map(({ name }) => name.length));
  const lines = collections.map(({ name, documents }) => `  ${name.padEnd(width)}  ${documents} documents`);
  const head = down.length > 0 ? `${status}: ${down.join(', ')} down` : status;
  return `${[head, ...lines].join('\n')}\n`;
}

function sourceText({ external_id, page, title }: Source): string {
  return [external_id, ...(page === null ? [] : [`p. ${page}`]), ...(title === null ? [] : [title])].join(
    ', ',
  );
}

function lostText(kind: string, files: readonly LostFile[]): string {
  const lines = files
    .slice(0, MAX_LISTED)
    .map(({ external_id, code, message }) => `  ${kind}: ${external_id}: ${code}: ${message}\n`);
  if (files.length > MAX_LISTED)
    lines.push(`  and ${files.length - MAX_LISTED} more ${kind} (--json lists all)\n`);
  return lines.join('');
}
