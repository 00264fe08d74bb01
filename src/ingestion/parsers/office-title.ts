import { Parser } from 'htmlparser2';
import type { OfficePackage } from './office-package';
import { toTitle } from './parsed-document';

/** What templates and programs put where a title should be. */
const NO_TITLE =
  /^(?:(?:microsoft )?(?:word|powerpoint|excel)\b.*|untitled.*|(?:power ?point )?presentation|document ?\d*|slide \d+)$/i;

/** The title in the properties of an Office file; null for none that says anything. */
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

/** A title that somebody gave; null for blank ones and those that programs give. */
export function meaningfulTitle(text: string): string | null {
  const title = toTitle(text);
  return title === null || NO_TITLE.test(title) ? null : title;
}
