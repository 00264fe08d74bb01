import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';

/** How far into a page its `<meta charset>` is looked for. */
const META_WITHIN_BYTES = 1024;
const META = /<meta([^>]*)/gi;
const CHARSET = /charset\s*=\s*(?:["']\s*)?([\w-]+)/i;
const BYTE_ORDER_MARKS: readonly [mark: string, label: string][] = [
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
];
/** What browsers decode these labels as. */
const WEB_NAMES = new Map([
  ['iso-8859-1', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['us-ascii', 'windows-1252'],
  ['gb2312', 'gb18030'],
]);

/**
 * Text that was fetched, as UTF-8: the character set of a page is in its header, its byte order mark, or its
 * `<meta>` element. Bytes that are UTF-8, or in a character set that is not known, come back as they are.
 * @param contentType header of the reply
 */
export function decodeText(bytes: Buffer, contentType: string | undefined): Buffer {
  const mark = BYTE_ORDER_MARKS.find(([hex]) => bytes.toString('hex', 0, 2) === hex)?.[1];
  if (mark === undefined && isUtf8(bytes)) return bytes;
  const declared = CHARSET.exec(contentType ?? '')?.[1];
  const own = [...bytes.toString('latin1', 0, META_WITHIN_BYTES).matchAll(META)]
    .map(([, attributes]) => CHARSET.exec(attributes)?.[1])
    .find((label) => label !== undefined);
  for (const label of [mark, declared, own]) {
    const name = WEB_NAMES.get(label?.toLowerCase() ?? '') ?? label?.toLowerCase();
    if (name !== undefined && !/^utf-?8$/.test(name) && iconv.encodingExists(name))
      return Buffer.from(iconv.decode(bytes, name));
  }
  return bytes;
}
