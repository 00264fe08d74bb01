import type { Evergreen } from '../../test/support/evergreen';
import { seededRandom } from '../../test/support/seeded-random';
import { type FoundPassage, idOf, questionOf, spacesOf, TOPICS } from './topics';
import { NEW, OLD } from './upgrade-deployment';

/** A finished request. */
export interface Outcome {
  /** Milliseconds since the load began. */
  startedMs: number;
  topic: number;
  tookMs: number;
  /** Sent to the other process after the first did not accept it. */
  retried: boolean;
  /** Why both processes failed. */
  failure: string | null;
  /** Whether the cache answered; null for searches. */
  hit: boolean | null;
  /** Dimensions of the spaces that the response is consistent with; null if unknown. */
  spaces: number[] | null;
}

const REQUEST_TIMEOUT_MS = 30_000;
/** Share of searches; the other requests are questions. */
const SEARCH_SHARE = 0.3;

/** The evidence of every second question is one passage, the same in both spaces; that of the others is not. */
const bodyOf = (topic: number) => ({
  query: questionOf(topic),
  user_id: 'checker',
  top_k: topic % 2 === 0 ? 1 : 3,
});

/** Asks every question once at each process, to fill the cache. */
export async function askAll(apis: readonly Evergreen[]): Promise<void> {
  for (const api of apis)
    for (let topic = 0; topic < TOPICS; topic++) await api.request('POST', '/query', bodyOf(topic));
}

/** The texts of the passages that each question finds now, by topic. */
export async function evidenceOfAll(api: Evergreen): Promise<string[]> {
  const evidence: string[] = [];
  for (let topic = 0; topic < TOPICS; topic++) {
    const { query, top_k } = bodyOf(topic);
    const { body } = await api.request<{ passages: FoundPassage[] }>('POST', '/search', { query, top_k });
    evidence.push(JSON.stringify(body.passages.map(({ content }) => content).sort()));
  }
  return evidence;
}

/**
 * Sends requests at a constant rate, whether or not earlier ones were answered, to both API processes in turn. A request that a process
 * did not accept, because it is stopping or down, is sent to the other one, as a load balancer would.
 */
export class QueryLoad {
  readonly outcomes: Outcome[] = [];
  private readonly startedAt = performance.now();
  private readonly random = seededRandom(11);
  private readonly underWay = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private sent = 0;

  constructor(
    private readonly apis: readonly Evergreen[],
    ratePerSecond: number,
  ) {
    this.timer = setInterval(() => this.send(), 1000 / ratePerSecond);
  }

  /** Milliseconds since the load began. */
  get nowMs(): number {
    return performance.now() - this.startedAt;
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
  }

  private send(): void {
    const request = this.one(this.sent++).finally(() => this.underWay.delete(request));
    this.underWay.add(request);
  }

  private async one(number: number): Promise<void> {
    const topic = Math.floor(this.random() * TOPICS);
    const isSearch = this.random() < SEARCH_SHARE;
    const startedMs = this.nowMs;
    const outcome = { startedMs, topic, retried: false, failure: null, hit: null, spaces: null } as Omit<
      Outcome,
      'tookMs'
    >;
    const judge = isSearch
      ? () => this.search(number, topic, outcome)
      : () => this.ask(number, topic, outcome);
    await judge().catch((error: unknown) => (outcome.failure = String(error)));
    this.outcomes.push({ ...outcome, tookMs: this.nowMs - startedMs });
  }

  private async ask(number: number, topic: number, outcome: Omit<Outcome, 'tookMs'>): Promise<void> {
    const { sources, cache_hit } = await this.post<{ sources: string[]; cache_hit: boolean }>(
      number,
      '/query',
      bodyOf(topic),
      outcome,
    );
    outcome.hit = cache_hit;
    if (!sources.includes(idOf(topic)))
      outcome.failure = `"${questionOf(topic)}" was answered from ${sources.join()}`;
  }

  private async search(number: number, topic: number, outcome: Omit<Outcome, 'tookMs'>): Promise<void> {
    const question = questionOf(topic);
    const body = { query: question, mode: 'vector', top_k: 5 };
    const { passages } = await this.post<{ passages: FoundPassage[] }>(number, '/search', body, outcome);
    outcome.spaces = spacesOf(question, passages, [OLD.dimensions, NEW.dimensions]);
  }

  private async post<T>(
    number: number,
    path: string,
    body: unknown,
    outcome: { retried: boolean },
  ): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      const api = this.apis[(number + attempt) % this.apis.length];
      const response = await fetch(api.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      }).catch((error: unknown) => error as Error);
      if (response instanceof Response && response.ok) return (await response.json()) as T;
      // A stopping process responds with 503 and Retry-After.
      const isTaken = response instanceof Response && response.status !== 503;
      if (isTaken || attempt === this.apis.length - 1)
        throw new Error(
          response instanceof Response
            ? `${response.status} ${await response.text()}`
            : String(response.cause ?? response),
        );
      outcome.retried = true;
    }
  }
}
