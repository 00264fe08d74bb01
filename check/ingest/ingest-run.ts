import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { eventually, type Evergreen } from '../../test/support/evergreen';
import type { Deployment } from '../coherence/deployment';
import { seededRandom } from '../../test/support/seeded-random';
import { countRepeatedTexts, type Disturbance } from './embedded-texts';
import { type DocumentPlan, planDocuments, tagIn } from './ingest-plan';
import { findLeftovers, type Leftovers } from './leftovers';

/** Parameters of a run. */
export interface IngestRunOptions {
  seed: number;
  documents: number;
  faults: boolean;
  say?: (line: string) => void;
  /** Limit for all documents to become searchable after the last fault. */
  settleMs?: number;
}

/** Result of a run. */
export interface IngestResult extends Leftovers {
  /** Documents that were accepted and not deleted afterwards. */
  accepted: number;
  /** Those of them whose searchable text is the last accepted one. */
  searchable: number;
  lost: number;
  /** Texts that the embedding model got again without a fault in the meantime. */
  embeddedTwice: number;
  /** Texts that it got again because of a fault. */
  embeddedAgain: number;
  faults: Record<string, number>;
}

const CLIENTS = 12;
const DOCUMENTS_PER_REQUEST = 8;
/** Every other group is sent as an NDJSON upload. */
const UPLOAD_SHARE = 0.5;
const RETRY_MS = 150;
const REQUEST_TIMEOUT_MS = 30_000;
const SETTLE_MS = 180_000;
const MIN_PAUSE_MS = 700;
const MAX_PAUSE_MS = 2200;

/** Clients that send, change and delete documents while servers and workers are killed; then all documents are checked. */
export class IngestRun {
  private readonly random: () => number;
  private readonly disturbances: Disturbance[] = [];
  private readonly faults: Record<string, number> = {};
  private sent = false;

  constructor(
    private readonly deployment: Deployment,
    private readonly options: IngestRunOptions,
  ) {
    this.random = seededRandom(options.seed + 1);
  }

  async run(): Promise<IngestResult> {
    const plans = planDocuments(this.options.seed, this.options.documents);
    const groups: DocumentPlan[][] = [];
    for (let from = 0; from < plans.length; from += DOCUMENTS_PER_REQUEST)
      groups.push(plans.slice(from, from + DOCUMENTS_PER_REQUEST));
    const failing = this.options.faults ? this.disturb() : Promise.resolve();
    const total = groups.length;
    const client = async () => {
      for (let group = groups.pop(); group; group = groups.pop()) {
        await this.carryOut(group);
        const done = total - groups.length;
        if (done % 50 === 0) this.options.say?.(`${done} of ${total} groups of documents sent`);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    this.options.say?.('all sent');
    await this.settled();
    if (this.options.faults) {
      this.sent = true;
      await failing;
      await this.settled();
    }
    return this.judge(plans);
  }

  /** Executes the plans of a group of documents: the first versions together, the later changes one by one. */
  private async carryOut(group: readonly DocumentPlan[]): Promise<void> {
    await this.send(group.map(({ externalId, texts }) => ({ external_id: externalId, content: texts[0]! })));
    for (const { externalId, texts } of group)
      for (const text of texts.slice(1))
        if (text === null) await this.remove(externalId);
        else await this.send([{ external_id: externalId, content: text }]);
  }

  /** Sends documents until they are accepted; the service recognises repetitions. */
  private async send(documents: readonly { external_id: string; content: string }[]): Promise<void> {
    const upload = this.random() < UPLOAD_SHARE;
    const body = upload
      ? documents.map((document) => JSON.stringify(document)).join('\n')
      : JSON.stringify({ documents });
    const type = upload ? 'application/x-ndjson' : 'application/json';
    await this.untilAnswered(async (api) => {
      const answer = await request<{ rejected?: number }>(api, 'POST', '/admin/ingest', body, type);
      if (answer?.rejected) throw new Error(`rejected: ${JSON.stringify(answer)}`);
      return answer;
    });
  }

  private async remove(externalId: string): Promise<void> {
    const { documents } = await this.untilAnswered((api) =>
      request<{ documents: { document_id: string }[] }>(
        api,
        'GET',
        `/admin/documents?external_id=${externalId}`,
      ),
    );
    for (const { document_id } of documents)
      await this.untilAnswered((api) => request<object>(api, 'DELETE', `/admin/documents/${document_id}`));
  }

  private async untilAnswered<T>(ask: (api: Evergreen) => Promise<T | null>): Promise<T> {
    for (;;) {
      const { apis } = this.deployment;
      const answer = await ask(apis[Math.floor(this.random() * apis.length)]);
      if (answer !== null) return answer;
      await sleep(RETRY_MS);
    }
  }

  /** Injects faults of all kinds in turn, at random times. */
  private async disturb(): Promise<void> {
    const { deployment, random } = this;
    const downMs = () => 200 + random() * 800;
    const kinds: [string, () => Promise<void>][] = [
      ['worker killed', () => deployment.killWorker(0)],
      ['queue killed', () => deployment.crashQueue(downMs())],
      ['other worker killed', () => deployment.killWorker(1)],
      ['Postgres killed', () => deployment.crashPostgres(downMs())],
      ['Postgres frozen', () => deployment.freezePostgres()],
      ['caches killed', () => deployment.crashRedis('kept', downMs())],
    ];
    for (let i = 0; !this.sent || i < kinds.length; i++) {
      await sleep(MIN_PAUSE_MS + random() * (MAX_PAUSE_MS - MIN_PAUSE_MS));
      const [name, happen] = kinds[i % kinds.length];
      const fromMs = performance.now();
      await happen();
      this.disturbances.push({ fromMs, toMs: performance.now() });
      this.faults[name] = (this.faults[name] ?? 0) + 1;
    }
  }

  /** Waits until all documents are processed, or the limit is reached. */
  private async settled(): Promise<void> {
    const count = `SELECT count(*)::integer AS n FROM document_version WHERE status IN ('queued', 'chunking', 'embedding')`;
    const rest = async () => (await this.query<{ n: number }>(count))?.[0].n;
    await eventually(
      async () => ((await rest()) === 0 ? true : undefined),
      'all documents to end their way',
      this.options.settleMs ?? SETTLE_MS,
    ).catch((error: Error) => this.options.say?.(error.message));
  }

  private async judge(plans: readonly DocumentPlan[]): Promise<IngestResult> {
    const expected = new Map(
      plans.flatMap(({ externalId, texts }) => {
        const last = texts.at(-1);
        return last == null ? [] : [[externalId, tagIn(last)] as const];
      }),
    );
    const seen = await this.query<{ external_id: string; content: string }>(
      `SELECT d.external_id, string_agg(c.content, ' ') AS content
       FROM document d JOIN chunk c ON c.document_id = d.id AND c.version = d.searchable_version
       GROUP BY d.id`,
    );
    const found = new Map(seen!.map(({ external_id, content }) => [external_id, content]));
    let searchable = 0;
    for (const [externalId, tag] of expected) {
      const tags = new Set(found.get(externalId)?.match(/\bd\d+v\d+(?=p\d)/g));
      if (tags.size === 1 && tags.has(tag)) searchable++;
      else this.options.say?.(`${externalId} should be ${tag} and is ${[...tags].join(' ') || 'not there'}`);
    }
    const client = await this.connect();
    const leftovers = await findLeftovers(client!, [...expected.keys()]);
    await client!.end();
    const { unexcused, excused } = countRepeatedTexts(
      this.deployment.model.received('embeddings'),
      this.disturbances,
    );
    return {
      accepted: expected.size,
      searchable,
      lost: expected.size - searchable,
      ...leftovers,
      embeddedTwice: unexcused,
      embeddedAgain: excused,
      faults: this.faults,
    };
  }

  /** @returns null while Postgres is unavailable */
  private async query<Row>(statement: string): Promise<Row[] | null> {
    const client = await this.connect();
    if (client === null) return null;
    try {
      return (await client.query(statement)).rows as Row[];
    } catch {
      return null;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async connect(): Promise<Client | null> {
    const client = new Client({ connectionString: this.deployment.databaseUrl });
    // A broken connection is noticed at its next use.
    client.on('error', () => undefined);
    return client.connect().then(
      () => client,
      () => null,
    );
  }
}

/** @returns the body of a successful response; an empty one for 404, when nothing is left to do; null if a fault prevented it */
async function request<T>(
  api: Evergreen,
  method: string,
  path: string,
  body?: string,
  type = 'application/json',
): Promise<T | null> {
  const response = await fetch(api.url + path, {
    method,
    headers: body === undefined ? {} : { 'content-type': type },
    body,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  }).catch(() => null);
  if (response === null) return null;
  const text = await response.text().catch(() => null);
  if (text === null) return null;
  if (response.ok) return JSON.parse(text) as T;
  if (response.status === 404) return {} as T;
  if ([409, 429, 503].includes(response.status)) return null;
  throw new Error(`${method} ${path}: ${response.status} ${text}\n${api.log.slice(-3000)}`);
}
