import type { Evergreen } from '../../test/support/evergreen';
import { tagsIn } from '../coherence/versioned-documents';
import { type AccessHistory, type Caller, isVouchedFor, type Reading, REVOCATION_MS } from './access-history';
import { AskedQuestions } from './asked-questions';
import type { Known } from './known-ids';
import type { UserTokens } from './user-tokens';

/** Something shown to, or done by, a caller without permission. */
export interface Leak {
  kind: string;
  request: string;
  detail: string;
}

/** A response with its request. */
export interface Answered {
  status: number;
  text: string;
  reading: Reading;
}

/** A request. */
export interface Sent {
  method: string;
  path: string;
  body?: object;
  user?: string;
  /** Its kind in the result; default `administration`. */
  kind?: string;
  access?: 'acl' | 'stored';
}

const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const REQUEST_ID = /"request_id":"[^"]*"/g;
const MATCHED_QUERY = /"matched_query":("(?:[^"\\]|\\.)*")/g;

/** Sends requests and checks every response. */
export class JudgedRequests {
  readonly leaks: Leak[] = [];
  /** Number of requests by kind, to show the coverage. */
  readonly did: Record<string, number> = {};
  /** All objects by id. */
  private readonly known = new Map<string, Known>();
  private readonly knownOfKind = new Map<Known['kind'], Known[]>();
  readonly questions = new AskedQuestions();
  requests = 0;
  /** Ids that everybody may see. */
  private readonly shared = new Set<string>();
  /** Ids that clients of each tenant have sent. */
  private readonly named = new Set<string>();

  constructor(
    private readonly apis: readonly Evergreen[],
    private readonly history: AccessHistory,
    private readonly tokens: UserTokens,
    private readonly onLeak: (leak: Leak) => void = () => {},
  ) {}

  /** Sends a request that must be accepted. @throws Error for another status */
  async order<T>(caller: Caller, expected: number, sent: Sent): Promise<T> {
    const { status, text } = await this.send(caller, sent);
    if (status !== expected)
      throw new Error(`${sent.method} ${sent.path}: expected ${expected}, not ${status}: ${text}`);
    return (text === '' ? null : JSON.parse(text)) as T;
  }

  /** Sends a request to the next process and checks the response, whatever its status. */
  async send(caller: Caller, sent: Sent, api = this.requests): Promise<Answered> {
    const { method, path, body, kind = 'administration', user = '', access = 'stored' } = sent;
    const { apis } = this;
    this.requests++;
    const credential = await this.tokens.credentialOf(caller);
    const sentAt = performance.now();
    for (const id of path.match(UUID) ?? []) this.named.add(`${caller.tenant} ${id}`);
    const response = await fetch(apis[api % apis.length].url + path, {
      method,
      headers: {
        authorization: `Bearer ${credential}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    const reading = { caller, user, access, sentAt, receivedAt: performance.now() };
    const { status } = response;
    if (status >= 500)
      throw new Error(`${method} ${path}: ${status} ${text}\n${apis[api % apis.length].log.slice(-2000)}`);
    // The caller already knows what it sent.
    const own = path + JSON.stringify(body ?? {});
    const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
    const news = [...headers.map(([, value]) => value), text].join('\n');
    this.judge(kind, `${method} ${own}`, status, news, reading);
    return { status, text, reading };
  }

  private judge(kind: string, request: string, status: number, text: string, reading: Reading): void {
    const { caller, sentAt } = reading;
    // Users must not get anything by naming another, were it only a refusal to answer.
    if (caller.userId !== null && reading.access === 'acl' && !isVouchedFor(reading)) {
      this.count('others named by users');
      if (status < 400) this.leak('foreign-user', request, `${status} ${text}`);
    }
    if (sentAt > caller.revokedAt + REVOCATION_MS) {
      this.count('requests with keys long revoked');
      if (status !== 401) this.leak('revoked-key', request, `${status} ${text}`);
    }
    const what = status >= 400 ? 'error' : /"cache_hit":true/.test(text) ? 'cached-answer' : kind;
    const who = `${caller.id} of tenant ${caller.tenant} for "${reading.user}"`;
    const isNew = (found: string) => !request.includes(found);
    const tags = this.history.forbidden(text, reading).filter(isNew);
    if (tags.length > 0) this.leak(what, request, `${who} saw ${tags.join(' ')}`);
    else if (tagsIn(text).length > 0) {
      this.count(`shown: ${what}`);
      if (caller.userId !== null) this.count('shown to users with tokens');
    }
    const isAdmin = caller.scopes.includes('admin');
    for (const mark of AskedQuestions.in(text).filter(isNew)) {
      if (!isAdmin || Number(/s(\d+)v/.exec(mark)![1]) !== caller.tenant)
        this.leak('question', request, `${who} saw the question of ${mark}`);
      else if (!this.questions.mayBeKept(mark, sentAt))
        this.leak('erased-question', request, `${who} saw the erased question of ${mark}`);
    }
    for (const [, quoted] of text.matchAll(MATCHED_QUERY)) {
      if (!isAdmin && isNew(quoted)) this.leak('question', request, `${who} saw that ${quoted} was asked`);
      else if (isAdmin) this.count("others' questions shown to administrators");
    }
    for (const id of new Set((text.match(UUID) ?? []).filter(isNew))) {
      const known = this.known.get(id);
      // The audit log of a tenant names what its clients have tried.
      const isOwnAttempt = request.startsWith('GET /admin/audit') && this.named.has(`${caller.tenant} ${id}`);
      if (known && known.tenant !== caller.tenant && !isOwnAttempt && !this.shared.has(id))
        this.leak(what, request, `${who} saw ${id}, a ${known.kind} of tenant ${known.tenant}`);
    }
    for (const id of text.replace(REQUEST_ID, '').match(UUID) ?? [])
      if (!this.known.has(id) && isNew(id))
        this.remember({ kind: 'other', id, tenant: caller.tenant, collection: null });
  }

  /** Records a leak. */
  leak(kind: string, request: string, detail: string): void {
    const leak = { kind, request, detail: detail.slice(0, 500) };
    this.leaks.push(leak);
    this.onLeak(leak);
  }

  /** Ids of other tenants in a response are leaks once they are known. */
  remember(known: Known): void {
    const of = this.knownOfKind.get(known.kind) ?? [];
    if (this.known.get(known.id)?.kind !== known.kind) of.push(known);
    this.knownOfKind.set(known.kind, of);
    this.known.set(known.id, known);
  }

  /** Everybody may see it from now on. */
  share(id: string): void {
    this.shared.add(id);
  }

  /** One of all that has an id, of each kind as often. */
  anyKnown(random: <T>(choices: readonly T[]) => T): Known {
    const { id } = random(random([...this.knownOfKind.values()]));
    return this.known.get(id)!;
  }

  /** The id of a document of anybody. */
  anyDocument(random: <T>(choices: readonly T[]) => T): string {
    return random(this.knownOfKind.get('document')!).id;
  }

  /** Counts a kind of request. */
  count(what: string): void {
    this.did[what] = (this.did[what] ?? 0) + 1;
  }
}
