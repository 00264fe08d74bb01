import { setTimeout as sleep } from 'node:timers/promises';
import type { JobStatus } from '../../test/support/evergreen';
import { seededRandom } from '../../test/support/seeded-random';
import type { Deployment } from '../coherence/deployment';
import { AccessHistory, type Acl, type Caller, COLLECTIONS, DOCUMENTS, TOPICS } from './access-history';
import type { TrackedDocument } from './access-history';
import { JudgedRequests, type Leak, REVOCATION_MS } from './judged-requests';
import { attemptsOn, isEntitled, isRefusal } from './known-ids';

/** What a run is to do. */
export interface IsolationOptions {
  seed: number;
  /** What clients do, each of one request or more. */
  steps: number;
  /** Called now and then with how many steps are done. */
  onProgress?: (done: number) => void;
}

/** What came of a run. */
export interface IsolationResult {
  steps: number;
  requests: number;
  leaks: Leak[];
  /** Leaks of each kind. */
  byKind: Record<string, number>;
  tenants: number;
  /** What the run consisted of, by which one sees that it tried what it is to try. */
  did: Record<string, number>;
}

const CLIENTS = 8;
const POLL_MS = 25;
const KEYS_PER_TENANT = 7;
/** The same in each tenant. */
const USERS = ['alice', 'bob', 'carol'];
const GROUPS = ['group:hr', 'group:it'];
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

type Random = <T>(choices: readonly T[]) => T;

/** Clients of several tenants that ask, change, and try every id that any of them ever saw; every response is judged. */
export class IsolationRun {
  private readonly tenants: number;
  private readonly history: AccessHistory;
  /** Index 0 of each tenant is its administrator, whose key is never revoked. */
  private readonly callers: Caller[][] = [];
  private readonly requests: JudgedRequests;
  /** The latest change of each document, for the next one to wait for. */
  private readonly changes = new Map<TrackedDocument, Promise<void>>();
  private steps = 0;
  private next = 0;

  constructor(
    private readonly deployment: Deployment,
    private readonly options: IsolationOptions,
  ) {
    this.tenants = 2 + (Math.abs(options.seed) % 2);
    this.history = new AccessHistory(this.tenants);
    this.requests = new JudgedRequests(deployment.apis, this.history);
  }

  /** @throws Error if the service answers 500, or refuses what it must accept */
  async run(): Promise<IsolationResult> {
    const random = this.randomOf(-1);
    const operatorKey = await this.deployment.operatorKey();
    for (let tenant = 0; tenant < this.tenants; tenant++) await this.makeTenant(tenant, operatorKey, random);
    const client = async () => {
      while (this.next < this.options.steps) {
        await this.step(this.randomOf(this.next++));
        if (++this.steps % 500 === 0) this.options.onProgress?.(this.steps);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    await this.tryRevokedKeys();
    const { requests, leaks, did } = this.requests;
    const byKind: Record<string, number> = {};
    for (const { kind } of leaks) byKind[kind] = (byKind[kind] ?? 0) + 1;
    return { steps: this.steps, requests, leaks, byKind, tenants: this.tenants, did };
  }

  private async makeTenant(tenant: number, operatorKey: string, random: Random): Promise<void> {
    const operator = { ...NOBODY, tenant, key: operatorKey };
    const { api_key } = await this.requests.order<{ api_key: { id: string; key: string } }>(operator, 201, {
      method: 'POST',
      path: '/admin/tenants',
      body: { name: `tenant-${tenant}` },
    });
    const admin = { ...NOBODY, ...api_key, tenant, scopes: ['admin'] };
    this.callers.push([admin]);
    this.requests.remember({ kind: 'key', id: admin.id, tenant, collection: null });
    for (const name of COLLECTIONS.slice(1))
      await this.requests.order(admin, 201, { method: 'POST', path: '/admin/collections', body: { name } });
    for (const scopes of [['query', 'admin'], ['documents:read'], ['ingest']])
      await this.makeKey(tenant, random, scopes);
    for (let i = 0; i < KEYS_PER_TENANT; i++) await this.makeKey(tenant, random);
    const documents = Array.from({ length: DOCUMENTS }, (_, number) => this.history.document(tenant, number));
    await Promise.all(documents.map((document) => this.write(document, aclOf(random), false)));
  }

  private async makeKey(
    tenant: number,
    random: Random,
    scopes: readonly string[] = ['query'],
  ): Promise<void> {
    const mayActAs = random<Caller['mayActAs']>(['none', 'any', [random(USERS)], USERS.slice(1)]);
    const principals = random<string[]>([[], [], [random(GROUPS)], [`user:${random(USERS)}`]]);
    const collections = scopes.includes('admin') ? null : random([null, null, [random(COLLECTIONS)]]);
    const body = { name: 'client', scopes, principals, may_act_as: mayActAs, collections };
    const sent = { method: 'POST', path: '/admin/api-keys', body };
    const admin = this.callers[tenant][0];
    const { id, key } = await this.requests.order<{ id: string; key: string }>(admin, 201, sent);
    this.callers[tenant].push({
      id,
      key,
      tenant,
      scopes,
      principals,
      mayActAs,
      collections,
      revokedAt: Infinity,
    });
    this.requests.remember({ kind: 'key', id, tenant, collection: null });
  }

  private async step(random: Random): Promise<void> {
    const tenant = random([...this.callers.keys()]);
    const share = random(PERCENT);
    if (share < 8) return this.changeDocument(tenant, random);
    if (share < 10)
      return this.makeKey(tenant, random, random([['query'], ['query'], ['ingest'], ['documents:read']]));
    if (share < 12) return this.revoke(tenant, random);
    const caller = this.anyCaller(tenant, random);
    if (share < 35) return this.follow(caller, random);
    if (share < 45) return this.list(caller, random);
    return this.ask(caller, random);
  }

  /** Mostly one that is good. */
  private anyCaller(tenant: number, random: Random): Caller {
    const good = this.callers[tenant].filter(({ revokedAt }) => revokedAt === Infinity);
    return random(random(PERCENT) < 85 ? good : this.callers[tenant]);
  }

  private async ask(caller: Caller, random: Random): Promise<void> {
    const mark = `q${this.callers[caller.tenant].indexOf(caller)}s${caller.tenant}v1`;
    const topic = `z${'aeiou'[random(TOPIC_NUMBERS)]}rik`;
    const query = random([
      `What is the flow limit of the ${topic} pump?`,
      `what is the flow limit of the ${topic} pump, please`,
      `What is the ${topic} pump's flow limit?`,
      `What is the flow limit of the ${topic} pump, asks ${mark}?`,
    ]);
    const user = random(USERS);
    const collection = random(COLLECTIONS);
    const sent = { method: 'POST', user, access: 'acl' as const };
    const share = random(PERCENT);
    if (share < 20) {
      const body = { query, user_id: user, collection, top_k: DOCUMENTS, mode: random(['hybrid', 'text']) };
      await this.requests.send(caller, { ...sent, path: '/search', body, kind: 'search' });
    } else if (share < 30) {
      const body = { model: collection, user, messages: [{ role: 'user', content: query }] };
      await this.requests.send(caller, { ...sent, path: '/v1/chat/completions', body, kind: 'chat' });
    } else {
      const stream = share < 40;
      const body = { query, user_id: user, collection, top_k: DOCUMENTS, stream };
      const { text } = await this.requests.send(caller, { ...sent, path: '/query', body, kind: 'answer' });
      const id = /"request_id":"([^"]+)"/.exec(text)?.[1];
      if (id) this.requests.remember({ kind: 'answer', id, tenant: caller.tenant, collection: null });
      if (/"cache_hit":true/.test(text)) this.requests.count('answered from the cache');
    }
  }

  /** Tries something with an id that somebody saw, mostly somebody else. */
  private async follow(caller: Caller, random: Random): Promise<void> {
    const known = random([...this.requests.known.values()]);
    const attempt = random(attemptsOn(known));
    const entitled = isEntitled(caller, known, attempt);
    // Who may change it does so in other steps, by which the history knows of it.
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

  private async changeDocument(tenant: number, random: Random): Promise<void> {
    const document = this.history.document(tenant, random([...Array(DOCUMENTS).keys()]));
    const [share, acl] = [random(PERCENT), aclOf(random)];
    // Changes of one document follow each other.
    const change = (this.changes.get(document) ?? Promise.resolve()).then(() => {
      if (!document.current || share < 40) return this.write(document, acl, false);
      if (share < 55) return this.write(document, acl, true);
      return share < 85 ? this.replaceAcl(document, acl) : this.remove(document);
    });
    this.changes.set(document, change);
    await change;
  }

  private async write(document: TrackedDocument, acl: Acl, isFailing: boolean): Promise<void> {
    const { tenant, number, collection, externalId } = document;
    const admin = this.callers[tenant][0];
    const { tag, accepted, ended } = this.history.write(document, acl);
    const topic = `z${'aeiou'[number % TOPICS]}rik`;
    const content = `What is the flow limit of the ${topic} pump? It is on sheet ${tag}.`;
    const source = isFailing ? { url: `${this.deployment.model.url}/${externalId}` } : { content };
    const input = {
      external_id: externalId,
      title: `Sheet ${tag}`,
      metadata: { sheet: tag },
      acl,
      ...source,
    };
    const body = { collection, documents: [input] };
    const sent = { method: 'POST', path: '/admin/ingest', body };
    const job = await this.requests.order<{ job_id: string; documents: { document_id: string }[] }>(
      admin,
      202,
      sent,
    );
    const [{ document_id: id }] = job.documents;
    accepted(id);
    this.requests.remember({ kind: 'document', id, tenant, collection });
    this.requests.remember({ kind: 'job', id: job.job_id, tenant, collection });
    const path = `/admin/ingest/${job.job_id}`;
    for (;;) {
      const { status } = await this.requests.order<JobStatus>(admin, 200, { method: 'GET', path });
      if ((status === 'completed') === isFailing && /^(completed|failed)/.test(status))
        throw new Error(`${tag}: ${status}\n${this.deployment.apis[0].log.slice(-2000)}`);
      if (/^(completed|failed)/.test(status)) break;
      await sleep(POLL_MS);
    }
    ended(!isFailing);
    this.requests.count(isFailing ? 'failing versions' : 'versions');
  }

  private async replaceAcl(document: TrackedDocument, acl: Acl): Promise<void> {
    const done = this.history.replaceAcl(document, acl);
    const path = `/admin/documents/${document.id}`;
    const sent = { method: 'PATCH', path, body: { acl } };
    await this.requests.order(this.callers[document.tenant][0], 200, sent);
    done();
    this.requests.count('acls replaced');
  }

  private async remove(document: TrackedDocument): Promise<void> {
    const sent = { method: 'DELETE', path: `/admin/documents/${document.id}` };
    await this.requests.order(this.callers[document.tenant][0], 202, sent);
    this.history.removed(document);
    this.requests.count('documents deleted');
  }

  private async revoke(tenant: number, random: Random): Promise<void> {
    const good = this.callers[tenant].filter(({ revokedAt }) => revokedAt === Infinity).slice(1);
    if (good.length < KEYS_PER_TENANT) return;
    const caller = random(good);
    const sent = { method: 'DELETE', path: `/admin/api-keys/${caller.id}` };
    await this.requests.order(this.callers[tenant][0], 204, sent);
    caller.revokedAt = Math.min(caller.revokedAt, performance.now());
    this.requests.count('keys revoked');
  }

  /** Each of them, at each process, once they surely do not hold any more. */
  private async tryRevokedKeys(): Promise<void> {
    const revoked = this.callers.flat().filter(({ revokedAt }) => revokedAt < Infinity);
    const lastAt = Math.max(0, ...revoked.map(({ revokedAt }) => revokedAt));
    await sleep(Math.max(0, lastAt + REVOCATION_MS + 1 - performance.now()));
    for (const caller of revoked)
      for (let api = 0; api < this.deployment.apis.length; api++)
        await this.requests.send(caller, { method: 'GET', path: '/admin/collections' }, api);
  }

  /** The choices of one step, the same for the same seed. */
  private randomOf(step: number): Random {
    const random = seededRandom(this.options.seed * 1_000_003 + step);
    return (choices) => choices[Math.floor(random() * choices.length)];
  }
}

const PERCENT = [...Array(100).keys()];
const TOPIC_NUMBERS = [...Array(TOPICS).keys()];

/** A caller to be made another one of. */
const NOBODY: Caller = {
  id: 'operator',
  key: '',
  tenant: 0,
  scopes: ['admin'],
  principals: [],
  mayActAs: 'none',
  collections: null,
  revokedAt: Infinity,
};

function aclOf(random: Random): Acl {
  const someone = [`user:${random(USERS)}`, random(GROUPS)];
  return random<Acl>([null, [someone[0]], [someone[1]], someone]);
}
