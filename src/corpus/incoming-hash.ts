import { sha256Hex, sha256OfParts } from '../common/hash';
import type { CollectionSettings } from './collection';
import type { IncomingDocument } from './document';

/**
 * Hash of raw content and everything said about it, as 64 hexadecimal digits: equal exactly if taking the document
 * in again would change nothing; of a URL, if its content did not change. The order of metadata keys and of ACL members is no difference.
 * @param chunking what the collection says of how its documents are chunked
 */
export function incomingHash(
  document: IncomingDocument,
  chunking: NonNullable<CollectionSettings['chunking']>,
): string {
  const { raw, url, mimeType, title, metadata, acl, lastModified } = document;
  return sha256OfParts([
    sha256Hex(raw),
    mimeType,
    JSON.stringify(title),
    canonicalJson(metadata),
    acl === null ? 'null' : JSON.stringify([...new Set(acl)].sort()),
    lastModified === null ? 'null' : lastModified.toISOString(),
    ...(url === undefined ? [] : [`url ${url}`]),
    ...(Object.keys(chunking).length > 0 ? [canonicalJson(chunking)] : []),
  ]);
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
