import { setTimeout as sleep } from 'node:timers/promises';
import { Evergreen, eventually, type JobStatus } from '../../test/support/evergreen';
import { Balancer } from './balancer';

/** Result of a rolling update. */
export interface RollingResult {
  /** Questions and documents sent, and those that failed. */
  requests: number;
  failed: string[];
  /** Answers that quote a version of a document that was not current during the request. */
  wrong: string[];
  /** Versions of documents accepted. */
  accepted: number;
  /** Documents whose last accepted version is not searchable at the end. */
  lost: number;
  hits: number;
  seconds: number;
}

const APIS = 2;
const CLIENTS = 6;
const INGEST_EVERY_MS = 300;
/** Number of documents that are sent repeatedly; each names its version in its text. */
const DOCUMENTS = 12;
/** Load before, between and after the steps. */
const BETWEEN_MS = 3000;
const SETTLE_MS = 60_000;

interface DocumentState {
  /** The last accepted version, and the last one seen in an answer. */
  accepted: number;
  seen: number;
}

/** Replaces two API processes and a worker of one build by those of another, one by one, under load. */
export class RollingRun {
  private readonly balancer = new Balancer();
  private readonly documents: DocumentState[] = Array.from({ length: DOCUMENTS }, () => ({
    accepted: 0,
    seen: 0,
  }));
  private readonly running: Evergreen[] = [];
  private readonly jobs: string[] = [];
  private readonly result: RollingResult = {
    requests: 0,
    failed: [],
    wrong: [],
    accepted: 0,
    lost: 0,
    hits: 0,
    seconds: 0,
  };
  private stopped = false;

  /**
   * @param env settings of all processes
   * @param from path of the `main.js` that runs at first
   * @param to path of the one that replaces it
   */
  constructor(
    private readonly env: Record<string, string>,
    private readonly from: string,
    private readonly to: string,
    private readonly say: (line: string) => void,
  ) {}

  async run(): Promise<RollingResult> {
    const startedMs = performance.now();
    try {
      let worker = await this.start('worker', this.from);
      const apis: Evergreen[] = [];
      for (let i = 0; i < APIS; i++) apis.push(await this.startApi(this.from));
      for (let i = 0; i < DOCUMENTS; i++) await this.send(i);
      await this.settled();

      const load = [...Array.from({ length: CLIENTS }, (_, i) => this.ask(i)), this.ingest()];
      await sleep(BETWEEN_MS);
      this.say('replacing the worker; the new one migrates the database');
      const before = worker;
      worker = await this.start('worker', this.to);
      await before.stop();
      await sleep(BETWEEN_MS);
      for (const [i, api] of apis.entries()) {
        this.say(`replacing API process ${i + 1} of ${APIS}`);
        await this.startApi(this.to);
        await api.stop();
        this.balancer.remove(api);
        await sleep(BETWEEN_MS);
      }
      this.stopped = true;
      await Promise.all(load);
      await this.settled();
    } finally {
      this.stopped = true;
      this.balancer.close();
      await Promise.all(this.running.map((service) => service.kill()));
    }
    return { ...this.result, seconds: Math.round((performance.now() - startedMs) / 1000) };
  }

  private async start(role: 'api' | 'worker', main: string): Promise<Evergreen> {
    const command = [process.execPath, '--enable-source-maps', main];
    const service = await Evergreen.start({ ...this.env, ROLE: role }, { command });
    this.running.push(service);
    return service;
  }

  private async startApi(main: string): Promise<Evergreen> {
    const api = await this.start('api', main);
    this.balancer.add(api);
    return api;
  }

  /** Asks about the current version of each document in turn. */
  private async ask(first: number): Promise<void> {
    for (let n = first; !this.stopped; n++) {
      const i = n % DOCUMENTS;
      const state = this.documents[i];
      const least = state.seen;
      const query = `What does the sign of gate${i} say?`;
      await this.one(`question about gate${i}`, async () => {
        const { status, body } = await this.balancer.request<{ response: string; cache_hit: boolean }>(
          'POST',
          '/query',
          { query, user_id: 'checker', top_k: 1 },
        );
        if (status !== 200) throw new Error(`status ${status}: ${JSON.stringify(body)}`);
        if (body.cache_hit) this.result.hits++;
        const version = Number(/number (\d+)/.exec(body.response)?.[1] ?? 0);
        if (version < least || version > state.accepted + 1)
          this.result.wrong.push(
            `gate${i}: "${body.response}" after ${least} was seen, ${state.accepted} accepted`,
          );
        state.seen = Math.max(state.seen, version);
      });
    }
  }

  private async ingest(): Promise<void> {
    for (let n = 0; !this.stopped; n++) {
      await this.send(n % DOCUMENTS);
      await sleep(INGEST_EVERY_MS);
    }
  }

  private async send(i: number): Promise<void> {
    const state = this.documents[i];
    const next = state.accepted + 1;
    await this.one(`document gate${i}`, async () => {
      const content = `The sign of gate${i} says number ${next}.`;
      const { status, body } = await this.balancer.request<{ job_id: string }>('POST', '/admin/ingest', {
        documents: [{ external_id: `gate${i}.md`, content }],
      });
      if (status !== 202) throw new Error(`status ${status}: ${JSON.stringify(body)}`);
      state.accepted = next;
      this.jobs.push(body.job_id);
      this.result.accepted++;
    });
  }

  private async one(what: string, request: () => Promise<void>): Promise<void> {
    this.result.requests++;
    try {
      await request();
    } catch (error) {
      const { message, cause } = error as Error;
      this.result.failed.push(`${what}: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`);
    }
  }

  /** Waits until every job has ended, and counts the documents whose last version is not found. */
  private async settled(): Promise<void> {
    for (const job of this.jobs.splice(0))
      await eventually(
        async () => {
          const { body } = await this.balancer.request<JobStatus>('GET', `/admin/ingest/${job}`);
          return /^(completed|failed)/.test(body.status) ? body : undefined;
        },
        `job ${job} to end`,
        SETTLE_MS,
      );
    this.result.lost = 0;
    for (const [i, { accepted }] of this.documents.entries()) {
      const { body } = await this.balancer.request<{ passages: { content: string }[] }>('POST', '/search', {
        query: `sign of gate${i}`,
        user_id: 'checker',
        top_k: 1,
      });
      if (!body.passages[0]?.content.includes(`gate${i} says number ${accepted}.`)) this.result.lost++;
    }
  }
}
