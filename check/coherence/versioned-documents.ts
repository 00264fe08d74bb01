import type { DocumentInput } from '../../test/support/evergreen';
import { SLOTS } from './operation-plan';

/** One version of a document: when readers may and when they must see it. All times in ms of one clock. */
interface Version {
  tag: string;
  /** Who may read it; null: everyone, except while it is restricted. */
  reader: string | null;
  restrictions: Restriction[];
  /** Not visible before: the request that adds it was sent then. */
  earliestSeen: number;
  /** Visible from then on: the service had confirmed it. */
  surelySeen: number;
  /** Possibly no longer visible from then on: the request that replaces or deletes it was sent. */
  earliestGone: number;
  /** Not visible from then on: the service had confirmed it. */
  surelyGone: number;
}

/** While only {@link KEEPER} may read a version. All times in ms, of one clock. */
interface Restriction {
  /** The request for it was sent. */
  earliestHidden: number;
  /** The service had said that it is in force. */
  surelyHidden: number;
  /** The request that lifts it was sent. */
  earliestShown: number;
  /** The service had said that everyone may read it again. */
  surelyShown: number;
}

/** The only reader of documents that are restricted. */
export const KEEPER = 'keeper';

/** A violation, described for debugging. */
export interface Violation {
  kind: 'outdated' | 'incomplete' | 'forbidden';
  question: string;
  cache: string;
  detail: string;
}

/** An answer with its sources. */
export interface SeenAnswer {
  /** The user who asked. */
  reader: string;
  question: string;
  topic: number;
  /** Its text with the excerpts of its citations: every passage of its prompt is quoted with its tag. */
  text: string;
  /** Cache layer and validation, for the report. */
  cache: string;
  sentAt: number;
  receivedAt: number;
}

const TAG = /\bk\d+s\d+v\d+\b/g;

/** The distinct version tags in a text. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.match(TAG) ?? [])];
}

/**
 * The documents of a run and their history. The text of each version contains a unique tag, `k<topic>s<slot>v<n>`, so that every
 * answer shows which versions it was made from, and the check knows whether these were current during the request.
 */
export class VersionedDocuments {
  private readonly versions = new Map<string, Version>();
  /** The latest version of each existing document. */
  private readonly current = new Map<string, Version>();
  private readonly counts = new Map<string, number>();

  /** The external id of a document. */
  static externalId(topic: number, slot: number): string {
    return `${nameOf(topic)}-${slot}.txt`;
  }

  /** Whether a document exists, as far as its only writer knows. */
  exists(topic: number, slot: number): boolean {
    return this.current.has(VersionedDocuments.externalId(topic, slot));
  }

  /** The next version of a document, to be sent now; call `written` once the service confirms that it is searchable. */
  write(
    topic: number,
    slot: number,
    reader: string | null = null,
  ): { document: DocumentInput; written: () => void } {
    const id = VersionedDocuments.externalId(topic, slot);
    const count = (this.counts.get(id) ?? 0) + 1;
    this.counts.set(id, count);
    const tag = `k${topic}s${slot}v${count}`;
    const before = this.current.get(id);
    const version: Version = {
      tag,
      reader,
      restrictions: [],
      earliestSeen: performance.now(),
      surelySeen: Infinity,
      earliestGone: Infinity,
      surelyGone: Infinity,
    };
    this.versions.set(tag, version);
    this.current.set(id, version);
    if (before) before.earliestGone = version.earliestSeen;
    const written = () => {
      version.surelySeen = performance.now();
      if (before) before.surelyGone = version.surelySeen;
    };
    const acl = reader === null ? undefined : [`user:${reader}`];
    return { document: { external_id: id, content: contentOf(topic, slot, tag), acl }, written };
  }

  /** Deletes a document now; call the result once the service confirms the deletion. */
  remove(topic: number, slot: number): () => void {
    const id = VersionedDocuments.externalId(topic, slot);
    const version = this.current.get(id)!;
    this.current.delete(id);
    version.earliestGone = performance.now();
    return () => (version.surelyGone = performance.now());
  }

  /**
   * The ACL of a document that is there is replaced now: only {@link KEEPER} may read it, or everyone again if it was so.
   * Call `replaced` once the service says that the ACL is in force.
   */
  restrict(topic: number, slot: number): { acl: string[] | null; replaced: () => void } {
    const { restrictions } = this.current.get(VersionedDocuments.externalId(topic, slot))!;
    const now = performance.now();
    const last = restrictions.at(-1);
    if (last && last.earliestShown === Infinity) {
      last.earliestShown = now;
      return { acl: null, replaced: () => (last.surelyShown = performance.now()) };
    }
    const restriction = {
      earliestHidden: now,
      surelyHidden: Infinity,
      earliestShown: Infinity,
      surelyShown: Infinity,
    };
    restrictions.push(restriction);
    return { acl: [`user:${KEEPER}`], replaced: () => (restriction.surelyHidden = performance.now()) };
  }

  /**
   * What an answer shows that it may not, or lacks: every version in it must have been current at some moment between
   * request and answer, and be for who asked; what was current all that time, is about the topic and for who asked must be
   * in it.
   */
  judge({ text, topic, question, reader, cache, sentAt, receivedAt }: SeenAnswer): Violation[] {
    const tags = tagsIn(text);
    const violation = (kind: Violation['kind'], detail: string) => ({ kind, question, cache, detail });
    const seen = tags.map((tag) => this.versions.get(tag)).filter((version) => version !== undefined);
    const violations = seen
      .filter(({ earliestSeen, surelyGone }) => !(earliestSeen <= receivedAt && sentAt <= surelyGone))
      .map(({ tag, surelyGone }) =>
        violation(
          'outdated',
          `${tag} was gone ${Math.round(sentAt - surelyGone)} ms before it was asked for`,
        ),
      );
    for (const version of seen)
      if (version.reader !== null && version.reader !== reader)
        violations.push(
          violation('forbidden', `${version.tag} is for ${version.reader}, and ${reader} saw it`),
        );
    for (const { tag, restrictions } of reader === KEEPER ? [] : seen)
      for (const { surelyHidden, earliestShown } of restrictions)
        if (surelyHidden <= sentAt && receivedAt <= earliestShown)
          violations.push(
            violation(
              'forbidden',
              `${tag} was restricted ${Math.round(sentAt - surelyHidden)} ms before ${reader} asked`,
            ),
          );
    for (let slot = 0; slot < SLOTS; slot++) {
      const version = this.current.get(VersionedDocuments.externalId(topic, slot));
      if (!version || tags.includes(version.tag)) continue;
      const isHidden = version.restrictions.some(
        ({ earliestHidden, surelyShown }) => earliestHidden <= receivedAt && sentAt <= surelyShown,
      );
      if (isHidden && reader !== KEEPER) continue;
      if (version.surelySeen <= sentAt && receivedAt <= version.earliestGone)
        violations.push(
          violation(
            'incomplete',
            `${version.tag}, there for ${Math.round(sentAt - version.surelySeen)} ms, is missing beside ${tags.join(' ')}`,
          ),
        );
    }
    return violations;
  }
}

const SYLLABLES = ['zor', 'vex', 'mil', 'tan', 'quo', 'rib', 'lun', 'dap', 'fey', 'gol'];

/** The invented name of a topic's subject. */
function nameOf(topic: number): string {
  return `${SYLLABLES[topic % 10]}${SYLLABLES[Math.floor(topic / 10) + 3]}ik`;
}

function contentOf(topic: number, slot: number, tag: string): string {
  const name = nameOf(topic);
  if (slot === 0) return `The flow limit of the ${name} pump is written on sheet ${tag}.`;
  return `Flow limit of the ${name} pump: what is the flow limit of the ${name} pump? It is on sheet ${tag}.`;
}

/** The question about a topic in one of its wordings; all of them ask the same. */
export function questionOf(topic: number, wording: number): string {
  const name = nameOf(topic);
  return [
    `What is the flow limit of the ${name} pump?`,
    `what is the flow limit of the ${name} pump, please`,
    `What is the ${name} pump's flow limit?`,
    `What flow limit does the ${name} pump have?`,
  ][wording];
}

/** A question about a topic that is different for every number, so that it is new. */
export function newQuestionOf(topic: number, number: number): string {
  return `What is the flow limit of the ${nameOf(topic)} pump in case ${number}?`;
}
