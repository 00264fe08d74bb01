import { setTimeout as sleep } from 'node:timers/promises';
import type { JobStatus } from '../../test/support/evergreen';
import { seededRandom } from '../../test/support/seeded-random';
import type { Deployment } from '../coherence/deployment';
import { AccessHistory, type Acl, type Caller, COLLECTIONS, DOCUMENTS, TOPICS } from './access-history';
import type { Reading, TrackedDocument } from './access-history';
import type { IsolationOptions } from './check-isolation';
import { attemptsOn, isEntitled, isRefusal, type Known } from './known-ids';

/** Something shown to, or done by, somebody who may not. */
export interface Leak {
  kind: string;
  request: string;
  detail: string;
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

interface Answered {
  status: number;
  text: string;
  reading: Reading;
}

interface Sent {
  method: string;
  path: string;
  body?: object;
  user?: string;
  /** What it is called in the result. */
  kind: string;
  access?: 'acl' | 'stored';
}

const CLIENTS = 8;
const REVOCATION_MS = 5000;
const POLL_MS = 25;
const KEYS_PER_TENANT = 7;
/** The same in each tenant. */
const USERS = ['alice', 'bob', 'carol'];
const GROUPS = ['group:hr', 'group:it'];
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const QUESTION_MARK = /\bq\d+s\d+v\d+\b/g;
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
  private readonly known = new Map<string, Known>();
  /** The latest change of each document, for the next one to wait for. */
  private readonly changes = new Map<TrackedDocument, Promise<void>>();
  private readonly result: IsolationResult;
  private next = 0;

  constructor(
    private readonly deployment: Deployment,
    private readonly options: Omit<IsolationOptions, 'plantLeak'>,
  ) {
    this.tenants = 2 + (Math.abs(options.seed) % 2);
    this.history = new AccessHistory(this.tenants);
    this.result = { steps: 0, requests: 0, leaks: [], byKind: {}, tenants: this.tenants, did: {} };
  }

  /** @throws Error if the service answers 500, or refuses what it must accept */
  async run(): Promise<IsolationResult> {
    const random = this.randomOf(-1);
    const operatorKey = await this.deployment.operatorKey();
    for (let tenant = 0; tenant < this.tenants; tenant++) await this.makeTenant(tenant, operatorKey, random);
    const client = async () => {
      while (this.next < this.options.steps) {
        await this.step(this.randomOf(this.next++));
        if (++this.result.steps % 500 === 0) this.options.onProgress?.(this.result.steps);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    await this.tryRevokedKeys();
    for (const { kind } of this.result.leaks) this.result.byKind[kind] = (this.result.byKind[kind] ?? 0) + 1;
    return this.result;
  }

  private async makeTenant(tenant: number, operatorKey: string, random: Random): Promise<void> {
    const operator = { ...NOBODY, tenant, key: operatorKey };
    const made = await this.send(operator, {
      ...{ method: 'POST', path: '/admin/tenants', body: { name: `tenant-${tenant}` } },
      kind: 'setup',
    });
    const { api_key } = parsed<{ api_key: { id: string; key: string } }>(made, 201);
    const admin = { ...NOBODY, ...api_key, tenant, scopes: ['admin'] };
    this.callers.push([admin]);
    this.remember({ kind: 'key', id: admin.id, tenant, collection: null });
    for (const name of COLLECTIONS.slice(1))
      parsed(
        await this.send(admin, { method: 'POST', path: '/admin/collections', body: { name }, kind: 'setup' }),
        201,
      );
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
    const made = await this.send(this.callers[tenant][0], {
      ...{ method: 'POST', path: '/admin/api-keys', body },
      kind: 'administration',
    });
    const { id, key } = parsed<{ id: string; key: string }>(made, 201);
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
    this.remember({ kind: 'key', id, tenant, collection: null });
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
      `What is the ${topic} pump's flow limit?`,
      `What is the flow limit of the ${topic} pump, asks ${mark}?`,
    ]);
    const user = random(USERS);
    const collection = random(COLLECTIONS);
    const sent = { method: 'POST', user, access: 'acl' as const };
    const share = random(PERCENT);
    if (share < 20) {
      const body = { query, user_id: user, collection, top_k: DOCUMENTS, mode: random(['hybrid', 'text']) };
      await this.send(caller, { ...sent, path: '/search', body, kind: 'search' });
    } else if (share < 30) {
      const body = { model: collection, user, messages: [{ role: 'user', content: query }] };
      await this.send(caller, { ...sent, path: '/v1/chat/completions', body, kind: 'chat' });
    } else {
      const stream = share < 40;
      const body = { query, user_id: user, collection, top_k: DOCUMENTS, stream };
      const { text } = await this.send(caller, { ...sent, path: '/query', body, kind: 'answer' });
      const id = /"request_id":"([^"]+)"/.exec(text)?.[1];
      if (id) this.remember({ kind: 'answer', id, tenant: caller.tenant, collection: null });
      if (/"cache_hit":true/.test(text)) this.count('answered from the cache');
    }
  }

  /** Tries something with an id that somebody saw, mostly somebody else. */
  private async follow(caller: Caller, random: Random): Promise<void> {
    const known = random([...this.known.values()]);
    const attempt = random(attemptsOn(known));
    const entitled = isEntitled(caller, known, attempt);
    // Who may change it does so in other steps, by which the history knows of it.
    if (entitled && ['PATCH', 'DELETE', 'POST'].includes(attempt.method)) return this.list(caller, random);
    const { status, text } = await this.send(caller, { ...attempt, kind: 'administration' });
    this.count(entitled ? 'own ids followed' : "others' ids followed");
    if (!entitled && !isRefusal(status, text))
      this.leak(
        'foreign-id',
        `${attempt.method} ${attempt.path}`,
        `${known.kind} of another: ${status} ${text}`,
      );
  }

  private async list(caller: Caller, random: Random): Promise<void> {
    await this.send(caller, { method: 'GET', path: random(LISTS), kind: 'administration' });
    const path = '/admin/collections';
    const { status, text, reading } = await this.send(caller, {
      method: 'GET',
      path,
      kind: 'administration',
    });
    if (status !== 200) return;
    const { collections } = JSON.parse(text) as { collections: { name: string; documents: number }[] };
    for (const { name, documents } of collections) {
      if (caller.collections && !caller.collections.includes(name))
        this.leak('list', `GET ${path}`, `the key is not for ${name}`);
      if (documents > this.history.mostDocuments(caller.tenant, name, reading))
        this.leak('count', `GET ${path}`, `${documents} documents in ${name}`);
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
    const source = isFailing ? { url: `${this.deployment.model.url}/${tag}` } : { content };
    const input = {
      external_id: externalId,
      title: `Sheet ${tag}`,
      metadata: { sheet: tag },
      acl,
      ...source,
    };
    const body = { collection, documents: [input] };
    const sent = await this.send(admin, {
      method: 'POST',
      path: '/admin/ingest',
      body,
      kind: 'administration',
    });
    const job = parsed<{ job_id: string; documents: { document_id: string }[] }>(sent, 202);
    const [{ document_id: id }] = job.documents;
    accepted(id);
    this.remember({ kind: 'document', id, tenant, collection });
    this.remember({ kind: 'job', id: job.job_id, tenant, collection });
    const path = `/admin/ingest/${job.job_id}`;
    for (;;) {
      const { status } = parsed<JobStatus>(
        await this.send(admin, { method: 'GET', path, kind: 'administration' }),
        200,
      );
      if ((status === 'completed') === isFailing && /^(completed|failed)/.test(status))
        throw new Error(`${tag}: ${status}\n${this.deployment.apis[0].log.slice(-2000)}`);
      if (/^(completed|failed)/.test(status)) break;
      await sleep(POLL_MS);
    }
    ended(!isFailing);
    this.count(isFailing ? 'failing versions' : 'versions');
  }

  private async replaceAcl(document: TrackedDocument, acl: Acl): Promise<void> {
    const done = this.history.replaceAcl(document, acl);
    const path = `/admin/documents/${document.id}`;
    const sent = { method: 'PATCH', path, body: { acl }, kind: 'administration' };
    parsed(await this.send(this.callers[document.tenant][0], sent), 200);
    done();
    this.count('acls replaced');
  }

  private async remove(document: TrackedDocument): Promise<void> {
    const sent = { method: 'DELETE', path: `/admin/documents/${document.id}`, kind: 'administration' };
    parsed(await this.send(this.callers[document.tenant][0], sent), 202);
    this.history.removed(document);
    this.count('documents deleted');
  }

  private async revoke(tenant: number, random: Random): Promise<void> {
    const good = this.callers[tenant].filter(({ revokedAt }) => revokedAt === Infinity).slice(1);
    if (good.length < KEYS_PER_TENANT) return;
    const caller = random(good);
    const sent = { method: 'DELETE', path: `/admin/api-keys/${caller.id}`, kind: 'administration' };
    parsed(await this.send(this.callers[tenant][0], sent), 204);
    caller.revokedAt = Math.min(caller.revokedAt, performance.now());
    this.count('keys revoked');
  }

  /** Each of them, at each process, once they surely do not hold any more. */
  private async tryRevokedKeys(): Promise<void> {
    const revoked = this.callers.flat().filter(({ revokedAt }) => revokedAt < Infinity);
    const lastAt = Math.max(0, ...revoked.map(({ revokedAt }) => revokedAt));
    await sleep(Math.max(0, lastAt + REVOCATION_MS + 1 - performance.now()));
    for (const caller of revoked)
      for (let api = 0; api < this.deployment.apis.length; api++)
        await this.send(caller, { method: 'GET', path: '/admin/collections', kind: 'administration' }, api);
  }

  /** Sends a request to a process in turn and judges the response, whatever it is. */
  private async send(caller: Caller, sent: Sent, api = this.result.requests): Promise<Answered> {
    const { method, path, body, kind, user = '', access = 'stored' } = sent;
    const { apis } = this.deployment;
    this.result.requests++;
    const sentAt = performance.now();
    const response = await fetch(apis[api % apis.length].url + path, {
      method,
      headers: {
        authorization: `Bearer ${caller.key}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    const reading = { caller, user, access, sentAt, receivedAt: performance.now() };
    const { status } = response;
    if (status >= 500)
      throw new Error(`${method} ${path}: ${status} ${text}\n${apis[api % apis.length].log.slice(-2000)}`);
    // What stands in the request is no news to who sent it.
    const own = path + JSON.stringify(body ?? {});
    const news = [...response.headers.values(), text].join('\n');
    this.judge(kind, `${method} ${own}`, status, news, reading);
    return { status, text, reading };
  }

  private judge(kind: string, request: string, status: number, text: string, reading: Reading): void {
    const { caller, sentAt } = reading;
    if (sentAt > caller.revokedAt + REVOCATION_MS) {
      this.count('requests with keys long revoked');
      if (status !== 401) this.leak('revoked-key', request, `${status} ${text}`);
    }
    const what = status >= 400 ? 'error' : /"cache_hit":true/.test(text) ? 'cached-answer' : kind;
    const who = `${caller.id} of tenant ${caller.tenant} for "${reading.user}"`;
    const isNew = (found: string) => !request.includes(found);
    const tags = this.history.forbidden(text, reading).filter(isNew);
    if (tags.length > 0) this.leak(what, request, `${who} saw ${tags.join(' ')}`);
    else if (/\bk\d+s\d+v\d+\b/.test(text)) this.count(`${what}s with content`);
    const isAdmin = caller.scopes.includes('admin');
    for (const mark of (text.match(QUESTION_MARK) ?? []).filter(isNew)) {
      if (!isAdmin || Number(/s(\d+)v/.exec(mark)![1]) !== caller.tenant)
        this.leak('question', request, `${who} saw the question of ${mark}`);
      else this.count("others' questions shown to administrators");
    }
    for (const id of new Set((text.match(UUID) ?? []).filter(isNew))) {
      const known = this.known.get(id);
      if (known && known.tenant !== caller.tenant)
        this.leak(what, request, `${who} saw the id of a ${known.kind} of tenant ${known.tenant}`);
    }
  }

  private leak(kind: string, request: string, detail: string): void {
    this.result.leaks.push({ kind, request, detail: detail.slice(0, 500) });
  }

  private remember(known: Known): void {
    this.known.set(known.id, known);
  }

  private count(what: string): void {
    this.result.did[what] = (this.result.did[what] ?? 0) + 1;
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

/** @throws Error for another status */
function parsed<T>({ status, text }: Answered, expected: number): T {
  if (status !== expected) throw new Error(`expected ${expected}, not ${status}: ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}
