import { tagsIn } from '../coherence/versioned-documents';

/** An API key or a user's tokens of one tenant, as a client holds it. Times in ms, of one clock. */
export interface Caller {
  id: string;
  /** The key; empty for a user, whose token is renewed now and then. */
  key: string;
  /** Whom its tokens name; null for a key. */
  userId: string | null;
  /** Index of its tenant. */
  tenant: number;
  scopes: readonly string[];
  principals: readonly string[];
  mayActAs: 'none' | 'any' | readonly string[];
  /** Null: all collections of the tenant. */
  collections: readonly string[] | null;
  /** When the service said that it is worth nothing any more. */
  revokedAt: number;
  /** Users whose principals were taken from the key, and when the service said so. */
  erased: ReadonlyMap<string, number>;
}

/** What a key is believed for, at most, after it was revoked or changed. */
export const REVOCATION_MS = 5000;

/** A request whose response is checked. */
export interface Reading {
  caller: Caller;
  /** The `user_id` of the request. */
  user: string;
  /** `acl`: results of questions; `stored`: administration, whatever the ACLs are. */
  access: 'acl' | 'stored';
  sentAt: number;
  receivedAt: number;
}

/** Who could read a version, and when: the longest possible interval. */
interface Grant {
  tag: string;
  acl: Acl;
  from: number;
  until: number;
}

/** Null: every user of the tenant. */
export type Acl = readonly string[] | null;

/** A document and its history. */
export interface TrackedDocument {
  number: number;
  tenant: number;
  collection: string;
  externalId: string;
  /** Null if none exists. */
  id: string | null;
  versions: number;
  current: Grant | null;
  grants: Grant[];
  lives: { from: number; until: number }[];
}

export const COLLECTIONS = ['default', 'reports'];
export const TOPICS = 3;
/** Documents of each tenant: two per topic and collection. */
export const DOCUMENTS = 12;

/**
 * The history of all documents and their ACLs. A version contains the tag `k<document>s<tenant>v<version>` in its text, title
 * and metadata; its external id the same with version 0.
 */
export class AccessHistory {
  private readonly documents = new Map<string, TrackedDocument>();

  constructor(tenants: number) {
    for (let tenant = 0; tenant < tenants; tenant++)
      for (let number = 0; number < DOCUMENTS; number++)
        this.documents.set(`k${number}s${tenant}`, {
          number,
          tenant,
          collection: COLLECTIONS[Math.floor(number / TOPICS) % COLLECTIONS.length],
          externalId: `k${number}s${tenant}v0`,
          id: null,
          versions: 0,
          current: null,
          grants: [],
          lives: [],
        });
  }

  /** @throws Error for an unknown number */
  document(tenant: number, number: number): TrackedDocument {
    const document = this.documents.get(`k${number}s${tenant}`);
    if (!document) throw new Error(`no document ${number} of tenant ${tenant}`);
    return document;
  }

  /** A new version is sent now. Call `accepted`, which narrows the ACL, and `ended` with the outcome of the version. */
  write(document: TrackedDocument, acl: Acl) {
    const tag = `k${document.number}s${document.tenant}v${++document.versions}`;
    const before = document.current;
    if (!document.id) document.lives.push({ from: performance.now(), until: Infinity });
    const next = this.grant(document, tag, acl);
    const narrowed = before && this.grant(document, before.tag, inBoth(before.acl, acl));
    return {
      tag,
      accepted: (id: string) => {
        document.id = id;
        if (before) before.until = performance.now();
        document.current = narrowed;
      },
      ended: (isSearchable: boolean) => {
        const gone = isSearchable ? narrowed : next;
        if (gone) gone.until = performance.now();
        document.current = isSearchable ? next : narrowed;
      },
    };
  }

  /** The ACL is replaced now; call the result once the service confirms it. */
  replaceAcl(document: TrackedDocument, acl: Acl): () => void {
    const before = document.current!;
    const next = this.grant(document, before.tag, acl);
    return () => {
      before.until = performance.now();
      document.current = next;
    };
  }

  /** A user's principal is taken out of the ACLs of these documents now; call the result once the service says so. */
  erase(documents: readonly TrackedDocument[], userId: string): () => void {
    const done = documents.flatMap((document) => {
      const acl = document.current?.acl?.filter((name) => name !== `user:${userId}`);
      return acl ? [this.replaceAcl(document, acl)] : [];
    });
    return () => done.forEach((end) => end());
  }

  /** The service has confirmed the deletion. */
  removed(document: TrackedDocument): void {
    const now = performance.now();
    for (const dated of [...document.grants, ...document.lives]) dated.until = Math.min(dated.until, now);
    document.id = null;
    document.current = null;
  }

  /** The tags in a text that its reader was not allowed to see at any moment between request and response. */
  forbidden(text: string, reading: Reading): string[] {
    return tagsIn(text).filter((tag) => !this.mayKnow(tag, reading));
  }

  /** Maximum number of documents of a collection between request and response. */
  mostDocuments(tenant: number, collection: string, reading: Reading): number {
    return [...this.documents.values()].filter(
      (document) =>
        document.tenant === tenant &&
        document.collection === collection &&
        document.lives.some((life) => overlaps(life, reading)),
    ).length;
  }

  private mayKnow(tag: string, reading: Reading): boolean {
    const { caller, access } = reading;
    const [name, version] = tag.split('v');
    const document = this.documents.get(name);
    if (!document || document.tenant !== caller.tenant || !mayUse(caller, document.collection)) return false;
    if (access === 'stored') {
      if (!document.lives.some((life) => overlaps(life, reading))) return false;
      const isReader = caller.scopes.includes('documents:read') || caller.scopes.includes('admin');
      // A connector sees the external ids of its documents, but not their contents.
      return isReader || (version === '0' && caller.scopes.includes('ingest'));
    }
    if (!caller.scopes.includes('query')) return false;
    const principals = principalsOf(reading);
    return document.grants.some(
      (grant) =>
        (version === '0' || grant.tag === tag) &&
        overlaps(grant, reading) &&
        (grant.acl === null || grant.acl.some((name) => principals.includes(name))),
    );
  }

  private grant(document: TrackedDocument, tag: string, acl: Acl): Grant {
    const grant = { tag, acl, from: performance.now(), until: Infinity };
    document.grants.push(grant);
    return grant;
  }
}

/** Whether a key has access to a collection of its tenant. */
export function mayUse({ collections }: Caller, collection: string): boolean {
  return collections === null || collections.includes(collection);
}

/** Whether a caller may ask on behalf of the user that it names. */
export function isVouchedFor({ caller, user, sentAt }: Reading): boolean {
  const { userId, mayActAs, erased } = caller;
  if (mayActAs === 'any' || (userId !== null && user === userId)) return true;
  return mayActAs !== 'none' && mayActAs.includes(user) && !isErased(erased, user, sentAt);
}

function principalsOf(reading: Reading): string[] {
  const { caller, user, sentAt } = reading;
  const { userId, principals, erased } = caller;
  const named = isVouchedFor(reading) ? [`user:${user}`] : [];
  // Who asks on behalf of another reads what that user may, and nothing by groups of their own.
  if (userId !== null && user !== userId) return named;
  return [
    ...named,
    ...principals.filter((principal) => !isErased(erased, principal.replace(/^user:/, ''), sentAt)),
  ];
}

function isErased(erased: ReadonlyMap<string, number>, user: string, sentAt: number): boolean {
  return sentAt > (erased.get(user) ?? Infinity) + REVOCATION_MS;
}

/** Principals in both ACLs. */
function inBoth(a: Acl, b: Acl): Acl {
  if (a === null || b === null) return a ?? b;
  return a.filter((name) => b.includes(name));
}

function overlaps({ from, until }: { from: number; until: number }, { sentAt, receivedAt }: Reading) {
  return from <= receivedAt && sentAt <= until;
}
