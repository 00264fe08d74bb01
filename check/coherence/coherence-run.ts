import { setTimeout as sleep } from 'node:timers/promises';
import type { Evergreen, JobStatus } from '../../test/support/evergreen';
import type { Deployment } from './deployment';
import { FaultSchedule } from './fault-schedule';
import { type Operation, planOperations, SECRET_SLOT, SLOTS, TOPICS } from './operation-plan';
import { KEEPER, newQuestionOf, questionOf, VersionedDocuments, type Violation } from './versioned-documents';

/** Parameters of a run. */
export interface CoherenceRunOptions {
  seed: number;
  operations: number;
  faults: boolean;
  /** Share of the operations that write a document for a single reader; by default few. */
  discloseShare?: number;
  /** Called occasionally with the number of finished operations. */
  onProgress?: (done: number) => void;
}

/** Result of a run. */
export interface CoherenceResult {
  operations: number;
  /** Answers from the cache, including semantic hits. */
  hits: number;
  semanticHits: number;
  /** Entries that the service found outdated and did not serve. */
  stalePrevented: number;
  /** ACLs that were replaced while others asked. */
  aclChanges: number;
  /** Documents for a single reader that were published while others asked questions. */
  disclosures: number;
  /** Requests that failed because of a fault. */
  unanswered: number;
  /** Number of faults by kind. */
  faults: Record<string, number>;
  violations: Violation[];
}

interface AnswerBody {
  response: string;
  cache_hit: boolean;
  citations: { excerpt: string }[];
  cache: {
    layer: string;
    validated_by: string | null;
    age_seconds: number | null;
    matched_query: string | null;
  };
}

const CLIENTS = 24;
/** A user who may read only public documents. */
const ANYONE = 'checker';
const REQUEST_TIMEOUT_MS = 60_000;
/** Delay of the model, like that of a remote one, so that documents change between the beginning of a question and its search. */
const EMBEDDING_MS = 40;
/** Pairs of questions during the publication of a document for a single reader: one of them may hit the critical moment. */
const PAIRS = 3;
const POLL_MS = 15;
const RETRY_MS = 100;

/** Concurrent clients that ask questions, change documents and check every answer. */
export class CoherenceRun {
  private readonly documents = new VersionedDocuments();
  /** The latest change of each document; the next one waits for it. */
  private readonly changes = new Map<string, Promise<void>>();
  private newQuestions = 0;
  private readonly result: CoherenceResult = {
    operations: 0,
    hits: 0,
    semanticHits: 0,
    stalePrevented: 0,
    aclChanges: 0,
    disclosures: 0,
    unanswered: 0,
    faults: {},
    violations: [],
  };

  constructor(
    private readonly deployment: Deployment,
    private readonly options: CoherenceRunOptions,
  ) {}

  /** @throws Error for any failure of the service other than outdated answers, which are counted */
  async run(): Promise<CoherenceResult> {
    await this.writeFirstDocuments();
    this.deployment.model.always('embeddings', { kind: 'answer', delayMs: EMBEDDING_MS });
    const { seed, operations: count, faults, discloseShare, onProgress } = this.options;
    const plan = planOperations(seed, count, discloseShare);
    const schedule = faults ? new FaultSchedule(this.deployment, count) : null;
    const client = async () => {
      for (let operation = plan.pop(); operation; operation = plan.pop()) {
        await this.perform(operation);
        this.result.operations++;
        schedule?.reached(this.result.operations);
        if (this.result.operations % 500 === 0) onProgress?.(this.result.operations);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    if (schedule) this.result.faults = await schedule.end();
    this.result.stalePrevented = await this.deployment.metric('rag_cache_stale_prevented_total');
    return this.result;
  }

  private async writeFirstDocuments(): Promise<void> {
    const [api] = this.deployment.apis;
    const firsts = Array.from({ length: TOPICS }, (_, topic) => this.documents.write(topic, 0));
    await ingest(
      api,
      firsts.map(({ document }) => document),
    );
    for (const { written } of firsts) written();
  }

  private async perform({ kind, topic, slot, wording, api: index }: Operation): Promise<void> {
    const api = this.deployment.apis[index];
    if (kind === 'disclose') await this.inTurn(`${topic}/${SECRET_SLOT}`, () => this.disclose(topic, index));
    else if (kind === 'restrict') {
      // The first document is there nearly always.
      const present = this.documents.exists(topic, slot) ? slot : 0;
      await this.inTurn(`${topic}/${present}`, () => this.restrict(topic, present, api));
    } else if (kind !== 'ask')
      await this.inTurn(`${topic}/${slot}`, () => this.change(kind, topic, slot, api));
    // Asks about the change that was just made.
    const readers = kind === 'restrict' ? [ANYONE, KEEPER] : [ANYONE];
    await Promise.all(readers.map((reader) => this.ask(topic, questionOf(topic, wording), reader, api)));
  }

  private async ask(topic: number, question: string, reader: string, api: Evergreen): Promise<void> {
    const sentAt = performance.now();
    const query = { query: question, user_id: reader, top_k: SLOTS + 1 };
    const body = await post<AnswerBody>(api, '/query', query);
    const receivedAt = performance.now();
    if (body === null) {
      this.result.unanswered++;
      return;
    }
    const { layer, validated_by, age_seconds, matched_query } = body.cache;
    if (body.cache_hit) this.result.hits++;
    if (layer === 'semantic') this.result.semanticHits++;
    const text = [body.response, ...body.citations.map(({ excerpt }) => excerpt)].join('\n');
    const cache = `${layer}, validated by ${validated_by}, ${age_seconds} s old, matched "${matched_query}"`;
    this.result.violations.push(
      ...this.documents.judge({ question, topic, reader, text, cache, sentAt, receivedAt }),
    );
  }

  private async change(kind: 'write' | 'remove', topic: number, slot: number, api: Evergreen): Promise<void> {
    if (kind === 'write') {
      const { document, written } = this.documents.write(topic, slot);
      await ingest(api, [document]);
      written();
    } else if (this.documents.exists(topic, slot)) {
      const removed = this.documents.remove(topic, slot);
      for (const path of await documentPaths(api, VersionedDocuments.externalId(topic, slot)))
        await untilAnswered(() => request(api, 'DELETE', path));
      removed();
    }
  }

  private async restrict(topic: number, slot: number, api: Evergreen): Promise<void> {
    if (!this.documents.exists(topic, slot)) return;
    const { acl, replaced } = this.documents.restrict(topic, slot);
    for (const path of await documentPaths(api, VersionedDocuments.externalId(topic, slot)))
      await untilAnswered(() => request(api, 'PATCH', path, { acl }));
    replaced();
    this.result.aclChanges++;
  }

  /**
   * Publishes a document that names its only reader for the first time, while that reader and another user ask the same new
   * question: until the publication nothing distinguishes the two users.
   */
  private async disclose(topic: number, index: number): Promise<void> {
    const { apis } = this.deployment;
    const number = ++this.result.disclosures;
    const reader = `reader-${number}`;
    const { document, written } = this.documents.write(topic, SECRET_SLOT, reader);
    let isOver = false;
    const ingestion = ingest(apis[index], [document])
      .then(written)
      .finally(() => (isOver = true));
    const askBoth = async () => {
      while (!isOver) {
        const question = newQuestionOf(topic, ++this.newQuestions);
        const other = apis[(index + this.newQuestions) % apis.length];
        await Promise.all([
          this.ask(topic, question, reader, apis[index]),
          this.ask(topic, question, ANYONE, other),
        ]);
      }
    };
    await Promise.all([ingestion, ...Array.from({ length: PAIRS }, askBoth)]);
  }

  /** Serialises the changes of one document. */
  private async inTurn(document: string, change: () => Promise<void>): Promise<void> {
    const turn = (this.changes.get(document) ?? Promise.resolve()).then(change);
    this.changes.set(document, turn);
    await turn;
  }
}

/** Sends documents until they are accepted, and waits until they are searchable. */
async function ingest(api: Evergreen, documents: readonly object[]): Promise<void> {
  const { job_id } = await untilAnswered<{ job_id: string }>(() => post(api, '/admin/ingest', { documents }));
  for (;;) {
    const { status } = await untilAnswered<JobStatus>(() => request(api, 'GET', `/admin/ingest/${job_id}`));
    if (status === 'completed') return;
    if (status.startsWith('failed')) throw new Error(`ingestion ${job_id} failed`);
    await sleep(POLL_MS);
  }
}

/** Where the document of an external id is, if there is one. */
async function documentPaths(api: Evergreen, externalId: string): Promise<string[]> {
  const path = `/admin/documents?external_id=${externalId}`;
  const { documents } = await untilAnswered<{ documents: { document_id: string }[] }>(() =>
    request(api, 'GET', path),
  );
  return documents.map(({ document_id }) => `/admin/documents/${document_id}`);
}

async function untilAnswered<T>(send: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const body = await send();
    if (body !== null) return body;
    await sleep(RETRY_MS);
  }
}

const post = <T>(api: Evergreen, path: string, body: unknown) => request<T>(api, 'POST', path, body);

/** @returns the body of a successful response; null if a fault (a frozen process, an unavailable server) prevented it */
async function request<T>(api: Evergreen, method: string, path: string, body?: unknown): Promise<T | null> {
  const response = await fetch(api.url + path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  }).catch(() => null);
  if (response === null) return null;
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as T;
  if (response.status === 503 || response.status === 429) return null;
  throw new Error(`${method} ${path}: ${response.status} ${text}\n${api.log.slice(-2000)}`);
}
