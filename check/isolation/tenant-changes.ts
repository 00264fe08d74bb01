import { setTimeout as sleep } from 'node:timers/promises';
import type { JobStatus } from '../../test/support/evergreen';
import type { Deployment } from '../coherence/deployment';
import {
  type AccessHistory,
  type Acl,
  type Caller,
  COLLECTIONS,
  DOCUMENTS,
  TOPICS,
  type TrackedDocument,
} from './access-history';
import type { JudgedRequests, Sent } from './judged-requests';
import { GROUPS, tenantName, USERS, type UserTokens } from './user-tokens';

export type Random = <T>(choices: readonly T[]) => T;

const POLL_MS = 25;
const KEYS_PER_TENANT = 7;
/** Of a rotated key, in seconds. */
const OVERLAPS = [0, 1, 2];
const PERCENT = [...Array(100).keys()];

/** A caller to be made another one of. */
const NOBODY: Caller = {
  id: 'operator',
  key: '',
  userId: null,
  tenant: 0,
  scopes: ['admin'],
  principals: [],
  mayActAs: 'none',
  collections: null,
  revokedAt: Infinity,
  erased: new Map(),
};

/** A tenant and everybody who may call as one of it. */
interface Tenant {
  id: string;
  /** Index 0 is its administrator, whose key is only worthless once the tenant is gone. */
  callers: Caller[];
  /** What is being changed, for its removal to wait for. */
  changes: Set<Promise<void>>;
  /** Its removal has begun, or is over. */
  isLeaving: boolean;
}

/** What changes who may read what: documents, ACLs, keys, erasure of users, removal of tenants. */
export class TenantChanges {
  readonly tenants: Tenant[] = [];
  /** The latest change of each document, for the next one to wait for. */
  private readonly changes = new Map<TrackedDocument, Promise<void>>();

  constructor(
    private readonly deployment: Deployment,
    private readonly history: AccessHistory,
    private readonly requests: JudgedRequests,
    private readonly tokens: UserTokens,
    private readonly operatorKey: string,
  ) {}

  /** The audit logs of tenants name the operator's keys, by which tenants are made. */
  async shareOperatorKeys(): Promise<void> {
    const sent = { method: 'GET', path: '/admin/api-keys' };
    const { api_keys } = await this.requests.order<{ api_keys: { id: string }[] }>(
      this.operator(0),
      200,
      sent,
    );
    for (const { id } of api_keys) this.requests.share(id);
  }

  /** A tenant with documents, keys and users. */
  async makeTenant(random: Random): Promise<void> {
    const index = this.tenants.length;
    const tenant: Tenant = { id: '', callers: [], changes: new Set(), isLeaving: true };
    this.tenants.push(tenant);
    const made = await this.requests.order<{ id: string; api_key: { id: string; key: string } }>(
      this.operator(index),
      201,
      { method: 'POST', path: '/admin/tenants', body: { name: tenantName(index) } },
    );
    const admin = { ...NOBODY, ...made.api_key, tenant: index, scopes: ['admin'], principals: [] };
    tenant.id = made.id;
    tenant.callers.push(admin, ...this.tokens.callersOf(index));
    this.requests.remember({ kind: 'tenant', id: made.id, tenant: index, collection: null });
    this.requests.remember({ kind: 'key', id: admin.id, tenant: index, collection: null });
    for (const name of COLLECTIONS.slice(1))
      await this.requests.order(admin, 201, { method: 'POST', path: '/admin/collections', body: { name } });
    for (const scopes of [['query', 'admin'], ['documents:read'], ['ingest']])
      await this.makeKey(index, random, scopes);
    for (let i = 0; i < KEYS_PER_TENANT; i++) await this.makeKey(index, random);
    await Promise.all(this.documentsOf(index).map((document) => this.write(document, aclOf(random), false)));
    tenant.isLeaving = false;
  }

  /** The indexes of the tenants that are there. */
  get present(): number[] {
    return [...this.tenants.keys()].filter((index) => !this.tenants[index].isLeaving);
  }

  /** Does something to a tenant, unless it is about to be removed, and has its removal wait for that. */
  async change(index: number, what: () => Promise<void>): Promise<void> {
    const { isLeaving, changes } = this.tenants[index];
    if (isLeaving) return;
    const change = what();
    changes.add(change);
    await change.finally(() => changes.delete(change));
  }

  async makeKey(tenant: number, random: Random, scopes: readonly string[] = ['query']): Promise<void> {
    const mayActAs = random<Caller['mayActAs']>(['none', 'any', [random(USERS)], USERS.slice(1)]);
    const principals = random<string[]>([[], [], [random(GROUPS)], [`user:${random(USERS)}`]]);
    const collections = scopes.includes('admin') ? null : random([null, null, [random(COLLECTIONS)]]);
    const body = { name: 'client', scopes, principals, may_act_as: mayActAs, collections };
    const sent = { method: 'POST', path: '/admin/api-keys', body };
    await this.keepKey(sent, { ...NOBODY, tenant, scopes, principals, mayActAs, collections });
  }

  /** A key is followed by one that may do the same, and ends soon. */
  async rotate(tenant: number, random: Random): Promise<void> {
    const caller = this.keyToEnd(tenant, random);
    if (!caller) return;
    const overlap = random(OVERLAPS);
    // No two changes of the same key at the same time.
    caller.revokedAt = performance.now() + 60_000;
    const path = `/admin/api-keys/${caller.id}/rotate`;
    const erased = new Map(caller.erased);
    const sent = { method: 'POST', path, body: { overlap_seconds: overlap } };
    await this.keepKey(sent, { ...caller, revokedAt: Infinity, erased });
    caller.revokedAt = performance.now() + overlap * 1000;
    this.requests.count('keys rotated');
  }

  async revoke(tenant: number, random: Random): Promise<void> {
    const caller = this.keyToEnd(tenant, random);
    if (!caller) return;
    caller.revokedAt = performance.now() + 60_000;
    const sent = { method: 'DELETE', path: `/admin/api-keys/${caller.id}` };
    await this.requests.order(this.adminOf(tenant), 204, sent);
    caller.revokedAt = performance.now();
    this.requests.count('keys revoked');
  }

  /** A document gets another version or ACL, or is deleted. */
  async changeDocument(document: TrackedDocument, random: Random): Promise<void> {
    const [share, acl] = [random(PERCENT), aclOf(random)];
    await this.inTurn([document], () => {
      if (!document.current || share < 35) return this.write(document, acl, false);
      if (share < 60) return this.write(document, acl, true);
      return share < 85 ? this.replaceAcl(document, acl) : this.remove(document);
    });
  }

  /** Everything of a user is erased, while others ask, and the user too. */
  async eraseUser(tenant: number, random: Random): Promise<void> {
    const user = random(USERS);
    const documents = this.documentsOf(tenant);
    await this.inTurn(documents, async () => {
      const { callers } = this.tenants[tenant];
      // Keys that are made meanwhile may name the user.
      const keys = callers.filter(({ userId }) => userId === null);
      const ends = [
        this.history.erase(documents, user),
        this.requests.questions.erase(tenant, user),
        () => keys.forEach((key) => (key.erased = new Map(key.erased).set(user, performance.now()))),
      ];
      const sent = { method: 'DELETE', path: `/admin/users/${user}/data` };
      await this.requests.order(this.adminOf(tenant), 200, sent);
      for (const end of ends) end();
      this.requests.count('users erased');
    });
  }

  /** A tenant is removed while others, and its own clients, ask. */
  async removeTenant(index: number): Promise<void> {
    const tenant = this.tenants[index];
    if (tenant.isLeaving) return;
    tenant.isLeaving = true;
    await Promise.all(tenant.changes);
    const sent = { method: 'DELETE', path: `/admin/tenants/${tenant.id}` };
    await this.requests.order(this.operator(index), 204, sent);
    for (const document of this.documentsOf(index)) this.history.removed(document);
    const now = performance.now();
    for (const caller of tenant.callers) caller.revokedAt = Math.min(caller.revokedAt, now);
    this.requests.count('tenants removed');
  }

  private async keepKey(sent: Sent, caller: Caller): Promise<void> {
    const { tenant } = caller;
    const made = await this.requests.order<{ id: string; key: string }>(this.adminOf(tenant), 201, sent);
    this.tenants[tenant].callers.push({ ...caller, id: made.id, key: made.key });
    this.requests.remember({ kind: 'key', id: made.id, tenant, collection: null });
  }

  /** A good key that is not the administrator's; none while there are few. */
  private keyToEnd(tenant: number, random: Random): Caller | null {
    const good = this.tenants[tenant].callers
      .slice(1)
      .filter(({ revokedAt, userId }) => revokedAt === Infinity && userId === null);
    return good.length < KEYS_PER_TENANT ? null : random(good);
  }

  private async write(document: TrackedDocument, acl: Acl, isFailing: boolean): Promise<void> {
    const { tenant, number, collection, externalId } = document;
    const admin = this.adminOf(tenant);
    const { tag, accepted, ended } = this.history.write(document, acl);
    const topic = topicName(number % TOPICS);
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
    await this.requests.order(this.adminOf(document.tenant), 200, sent);
    done();
    this.requests.count('acls replaced');
  }

  private async remove(document: TrackedDocument): Promise<void> {
    const sent = { method: 'DELETE', path: `/admin/documents/${document.id}` };
    await this.requests.order(this.adminOf(document.tenant), 202, sent);
    this.history.removed(document);
    this.requests.count('documents deleted');
  }

  /** Changes of one document follow each other. */
  private async inTurn(documents: readonly TrackedDocument[], change: () => Promise<void>): Promise<void> {
    const turn = Promise.all(documents.flatMap((document) => this.changes.get(document) ?? [])).then(change);
    for (const document of documents) this.changes.set(document, turn);
    await turn;
  }

  documentsOf(tenant: number): TrackedDocument[] {
    return Array.from({ length: DOCUMENTS }, (_, number) => this.history.document(tenant, number));
  }

  private adminOf(tenant: number): Caller {
    return this.tenants[tenant].callers[0];
  }

  private operator(tenant: number): Caller {
    return { ...NOBODY, tenant, key: this.operatorKey };
  }
}

/** The made-up name of what a topic is about. */
export function topicName(topic: number): string {
  return `z${'aeiou'[topic]}rik`;
}

function aclOf(random: Random): Acl {
  const someone = [`user:${random(USERS)}`, random(GROUPS)];
  return random<Acl>([null, [someone[0]], [someone[1]], someone]);
}
