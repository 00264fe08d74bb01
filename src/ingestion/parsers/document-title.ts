import { Parser } from 'htmlparser2';
import type { OfficePackage } from './office-package';
import { toTitle } from './parsed-document';

/** Titles that templates and programs fill in. */
const NO_TITLE =
  /^(?:(?:microsoft )?(?:word|powerpoint|excel)\b.*|untitled.*|(?:power ?point )?presentation|document ?\d*|slide \d+)$/i;

/** The title in the properties of an Office file; null for none, or a generated one. */
export function coreTitle(office: OfficePackage): string | null {
  let text = '';
  let inTitle = false;
  const parser = new Parser(
    {
      onopentagname: (name) => (inTitle = name === 'dc:title'),
      onclosetag: () => (inTitle = false),
      ontext: (piece) => (text += inTitle ? piece : ''),
    },
    { xmlMode: true },
  );
  parser.end(office.read('docProps/core.xml') ?? '');
  return meaningfulTitle(text);
}

/** A title that a person gave; null for blank and generated ones. */
export function meaningfulTitle(text: string): string | null {
  const title = toTitle(text);
  return title === null || NO_TITLE.test(title) ? null : title;
}
