import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../test/support/seeded-random';
import type { Deployment } from '../coherence/deployment';
import {
  AccessHistory,
  type Caller,
  COLLECTIONS,
  DOCUMENTS,
  REVOCATION_MS,
  TOPICS,
  type TrackedDocument,
} from './access-history';
import { JudgedRequests, type Leak } from './judged-requests';
import { attemptsOn, isEntitled, isRefusal } from './known-ids';
import { type Random, TenantChanges, topicName } from './tenant-changes';
import { USERS, type UserTokens } from './user-tokens';

/** Parameters of a run. */
export interface IsolationOptions {
  seed: number;
  /** Number of steps, each of one or more requests. */
  steps: number;
  /** Called occasionally with the number of finished steps. */
  onProgress?: (done: number) => void;
  /** Called with each leak as it is found. */
  onLeak?: (leak: Leak) => void;
}

/** Result of a run. */
export interface IsolationResult {
  steps: number;
  requests: number;
  leaks: Leak[];
  /** Number of leaks by kind. */
  byKind: Record<string, number>;
  /** Those that were removed included. */
  tenants: number;
  /** Number of requests by kind, to show the coverage. */
  did: Record<string, number>;
}

const CLIENTS = 8;
/** Steps between two erasures of a user, and between two removals of a tenant. */
const ERASURE_INTERVAL = 40;
const REMOVAL_INTERVAL = 120;
const MOST_REMOVALS = 20;
/** Questions for a document while it is changed, at most. */
const ASKED_MEANWHILE = 4;
const LISTS = [
  '/admin/documents',
  '/admin/ingest',
  '/admin/ingest/failed',
  '/admin/api-keys',
  '/admin/audit',
  '/admin/cache/stats',
  '/admin/usage',
  '/admin/tenants',
];

/** How many tenants a run has in all. */
export function tenantsOf({ seed, steps }: IsolationOptions): number {
  return tenantsAtOnce(seed) + Math.floor(steps / removalInterval(steps));
}

/** Clients of several tenants that ask, change, and try every known id; every response is checked. */
export class IsolationRun {
  private readonly requests: JudgedRequests;
  private changes!: TenantChanges;
  private readonly history: AccessHistory;
  private steps = 0;
  private next = 0;
  private rotation = Promise.resolve();

  constructor(
    private readonly deployment: Deployment,
    private readonly tokens: UserTokens,
    private readonly options: IsolationOptions,
  ) {
    this.history = new AccessHistory(tenantsOf(options));
    this.requests = new JudgedRequests(deployment.apis, this.history, tokens, options.onLeak);
  }

  /** @throws Error if the service responds with 500, or refuses a valid request */
  async run(): Promise<IsolationResult> {
    const { deployment, history, requests, tokens } = this;
    const operatorKey = await deployment.operatorKey();
    this.changes = new TenantChanges(deployment, history, requests, tokens, operatorKey);
    await this.changes.shareOperatorKeys();
    const random = this.randomOf(-1);
    for (let i = 0; i < tenantsAtOnce(this.options.seed); i++) await this.changes.makeTenant(random);
    const client = async () => {
      while (this.next < this.options.steps) {
        const step = this.next++;
        await this.step(step, this.randomOf(step));
        if (++this.steps % 500 === 0) this.options.onProgress?.(this.steps);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    await this.tryRevokedKeys();
    const byKind: Record<string, number> = {};
    for (const { kind } of requests.leaks) byKind[kind] = (byKind[kind] ?? 0) + 1;
    return {
      steps: this.steps,
      requests: requests.requests,
      leaks: requests.leaks,
      byKind,
      tenants: this.changes.tenants.length,
      did: requests.did,
    };
  }

  private async step(step: number, random: Random): Promise<void> {
    const { changes } = this;
    const tenant = random(changes.present);
    if ((step + 1) % removalInterval(this.options.steps) === 0) return this.replaceTenant(tenant, random);
    if ((step + 1) % ERASURE_INTERVAL === 0)
      return changes.change(tenant, () => changes.eraseUser(tenant, random));
    const share = random(PERCENT);
    if (share < 8) return this.changeDocument(random(changes.documentsOf(tenant)), random);
    if (share < 10) {
      const scopes = random([['query'], ['query', 'admin'], ['ingest'], ['documents:read']]);
      return changes.change(tenant, () => changes.makeKey(tenant, random, scopes));
    }
    if (share < 11) return changes.change(tenant, () => changes.rotate(tenant, random));
    if (share < 12) return changes.change(tenant, () => changes.revoke(tenant, random));
    const caller = this.anyCaller(this.anyTenant(random), random);
    if (share < 35) return this.follow(caller, random);
    if (share < 45) return this.list(caller, random);
    return this.ask(caller, random);
  }

  /** A new tenant takes the place of another; the issuer's signing key changes, too. */
  private async replaceTenant(tenant: number, random: Random): Promise<void> {
    this.rotation = this.rotation.then(() => this.tokens.rotateSigningKey());
    await this.rotation;
    await this.changes.makeTenant(random);
    await this.changes.removeTenant(tenant);
  }

  /** Others of the tenant ask for a document while it is changed, and when it has been. */
  private async changeDocument(document: TrackedDocument, random: Random): Promise<void> {
    const { changes } = this;
    const ask = () => this.ask(this.anyCaller(document.tenant, random), random, document);
    let isOver = false;
    const change = changes
      .change(document.tenant, () => changes.changeDocument(document, random))
      .finally(() => (isOver = true));
    const askMeanwhile = async () => {
      for (let asked = 0; asked < ASKED_MEANWHILE && !isOver; asked++) await ask();
    };
    await Promise.all([change, askMeanwhile()]);
    await this.searchAsAll(document);
  }

  /** What each user of the tenant finds of a document's topic. */
  private async searchAsAll({ tenant, number, collection }: TrackedDocument): Promise<void> {
    const query = `What is the flow limit of the ${topicName(number % TOPICS)} pump?`;
    for (const caller of this.changes.tenants[tenant].callers.filter(({ userId }) => userId !== null)) {
      const body = { query, collection, top_k: DOCUMENTS };
      const sent = { method: 'POST', path: '/search', body, user: caller.userId!, access: 'acl' as const };
      await this.requests.send(caller, { ...sent, kind: 'search' });
    }
  }

  /** Mostly one that is there. */
  private anyTenant(random: Random): number {
    const { tenants, present } = this.changes;
    return random(
      random(PERCENT) < 90
        ? present
        : [...tenants.keys()].filter((index) => tenants[index].callers.length > 0),
    );
  }

  /** A key, mostly a valid one. */
  private anyCaller(tenant: number, random: Random): Caller {
    const { callers } = this.changes.tenants[tenant];
    const good = callers.filter(({ revokedAt }) => revokedAt === Infinity);
    return random(random(PERCENT) < 85 && good.length > 0 ? good : callers);
  }

  /** @param about the document that is asked for; any unless said */
  private async ask(caller: Caller, random: Random, about?: TrackedDocument): Promise<void> {
    const named = random(USERS);
    // Users are mostly who they say.
    const user = caller.userId !== null && random(PERCENT) < 75 ? caller.userId : named;
    const index = this.changes.tenants[caller.tenant].callers.indexOf(caller);
    const mark = this.requests.questions.mark(index, caller.tenant, user);
    const topic = topicName(about ? about.number % TOPICS : random(TOPIC_NUMBERS));
    const own = `What is the flow limit of the ${topic} pump, asks ${mark}?`;
    const query = random([
      `What is the flow limit of the ${topic} pump?`,
      `what is the flow limit of the ${topic} pump, please`,
      `What is the ${topic} pump's flow limit?`,
      own,
    ]);
    const collection = about?.collection ?? random(COLLECTIONS);
    const filters = random<object | undefined>([undefined, undefined, undefined, this.filters(random)]);
    const answered = this.requests.questions.asked([mark]);
    const sent = { method: 'POST', user, access: 'acl' as const };
    const share = random(PERCENT);
    if (share < 20) {
      const mode = random(['hybrid', 'text']);
      const body = { query, user_id: user, collection, top_k: DOCUMENTS, mode, filters };
      await this.requests.send(caller, { ...sent, path: '/search', body, kind: 'search' });
    } else if (share < 30) {
      const body = { model: collection, user, messages: [{ role: 'user', content: query }] };
      await this.requests.send(caller, { ...sent, path: '/v1/chat/completions', body, kind: 'chat' });
    } else {
      const stream = share < 40;
      const followUp = {
        query: `And of the ${topicName(random(TOPIC_NUMBERS))} pump?`,
        history: [
          { role: 'user', content: random([query, own]) },
          { role: 'assistant', content: 'Which one?' },
        ],
      };
      const question = random<object>([{ query }, { query }, { query }, followUp]);
      if (question === followUp) this.requests.count('follow-ups');
      const body = { ...question, user_id: user, collection, top_k: DOCUMENTS, stream, filters };
      const { text } = await this.requests.send(caller, { ...sent, path: '/query', body, kind: 'answer' });
      const id = /"request_id":"([^"]+)"/.exec(text)?.[1];
      if (id) this.requests.remember({ kind: 'answer', id, tenant: caller.tenant, collection: null });
      if (/"cache_hit":true/.test(text)) {
        this.requests.count('answered from the cache');
        if (question === followUp) this.requests.count('follow-ups answered from the cache');
      }
    }
    answered();
    if (filters !== undefined) this.requests.count('questions with filters');
  }

  /** Filters by which one might find what others wrote, by ids that somebody saw. */
  private filters(random: Random): object {
    const { tenants } = this.changes;
    const tags = Array.from(
      { length: 3 },
      () => `k${random(DOCUMENT_NUMBERS)}s${random([...tenants.keys()])}`,
    );
    return random<object>([
      { document_ids: Array.from({ length: 3 }, () => this.requests.anyDocument(random)) },
      { external_ids: tags.map((tag) => `${tag}v0`) },
      { metadata: { sheet: { gte: tags[0] } } },
    ]);
  }

  /** Tries an operation on a known id, mostly of another client. */
  private async follow(caller: Caller, random: Random): Promise<void> {
    const known = this.requests.anyKnown(random);
    const attempt = random(attemptsOn(known));
    const isOwn = caller.tenant === known.tenant;
    const entitled = isEntitled(caller, known, attempt) || (isOwn && known.kind === 'other');
    // Allowed changes are made in other steps, which record them in the history.
    if (entitled && ['PATCH', 'DELETE', 'POST'].includes(attempt.method)) return this.list(caller, random);
    const { status, text } = await this.requests.send(caller, { ...attempt });
    this.requests.count(entitled ? 'own ids followed' : "others' ids followed");
    if (!entitled && !isRefusal(status, text))
      this.requests.leak(
        'foreign-id',
        `${attempt.method} ${attempt.path}`,
        `${known.kind} of another: ${status} ${text}`,
      );
  }

  private async list(caller: Caller, random: Random): Promise<void> {
    await this.requests.send(caller, { method: 'GET', path: random(LISTS) });
    const path = '/admin/collections';
    const { status, text, reading } = await this.requests.send(caller, {
      method: 'GET',
      path,
    });
    if (status !== 200) return;
    const { collections } = JSON.parse(text) as { collections: { name: string; documents: number }[] };
    for (const { name, documents } of collections) {
      if (caller.collections && !caller.collections.includes(name))
        this.requests.leak('list', `GET ${path}`, `the key is not for ${name}`);
      if (documents > this.history.mostDocuments(caller.tenant, name, reading))
        this.requests.leak('count', `GET ${path}`, `${documents} documents in ${name}`);
    }
  }

  /** Tries each revoked key at each process, once it must be refused. */
  private async tryRevokedKeys(): Promise<void> {
    const revoked = this.changes.tenants
      .flatMap(({ callers }) => callers)
      .filter(({ revokedAt }) => revokedAt < Infinity);
    const lastAt = Math.max(0, ...revoked.map(({ revokedAt }) => revokedAt));
    await sleep(Math.max(0, lastAt + REVOCATION_MS + 1 - performance.now()));
    for (const caller of revoked)
      for (let api = 0; api < this.deployment.apis.length; api++)
        await this.requests.send(caller, { method: 'GET', path: '/admin/collections' }, api);
  }

  /** The random choices of one step, reproducible by the seed. */
  private randomOf(step: number): Random {
    const random = seededRandom(this.options.seed * 1_000_003 + step);
    return (choices) => choices[Math.floor(random() * choices.length)];
  }
}

const PERCENT = [...Array(100).keys()];
const TOPIC_NUMBERS = [...Array(TOPICS).keys()];
const DOCUMENT_NUMBERS = [...Array(DOCUMENTS).keys()];

function tenantsAtOnce(seed: number): number {
  return 2 + (Math.abs(seed) % 2);
}

function removalInterval(steps: number): number {
  return Math.max(REMOVAL_INTERVAL, Math.ceil(steps / MOST_REMOVALS));
}
