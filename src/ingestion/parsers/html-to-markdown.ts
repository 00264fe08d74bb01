import { Parser } from 'htmlparser2';
import { AppError } from '../../common/app-error';
import { MarkdownTableWriter } from './markdown-table-writer';
import { type ParsedDocument, toTitle } from './parsed-document';

/** The parser looks through its stack for each end tag: the bound keeps time proportional to length. */
const MAX_DEPTH = 1000;

/** Elements whose content is not text of the page. */
const SKIPPED = new Set(
  'script style noscript template svg math iframe object canvas audio video select datalist button nav dialog'.split(
    ' ',
  ),
);
/** Elements around the content of a page. */
const SURROUNDINGS = new Set(['header', 'footer', 'aside', 'form']);
const MAIN = new Set(['main', 'article']);
const SURROUNDING_ROLES = new Set(['banner', 'contentinfo', 'complementary', 'search']);
/** Inline elements; every other one begins and ends a block. */
const INLINE = new Set(
  'a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark meter output q rp rt ruby s samp small span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
);
const HEADING = /^h[1-6]$/;
/** A main part shorter than this, in characters and as a share of the page, is considered a mistake of its author. */
const MIN_MAIN_LENGTH = 200;
const MIN_MAIN_SHARE = 0.05;

type Region = 'main' | 'other' | 'surroundings';

interface Block {
  text: string;
  region: Region;
  /** Whether it follows the block before without a blank line. */
  tight: boolean;
}

interface OpenElement {
  skipped: boolean;
  region: Region;
}

interface OpenList {
  ordered: boolean;
  items: number;
}

/**
 * The main content of a page as Markdown: headings, paragraphs, lists, code and tables, without navigation, scripts and
 * what surrounds the content. Streaming and without recursion: time and memory are proportional to the page.
 * @throws AppError `UNREADABLE_TEXT` for elements nested deeper than any page
 */
export function htmlToMarkdown(html: string): ParsedDocument {
  return new HtmlReader().read(html);
}

class HtmlReader {
  private readonly blocks: Block[] = [];
  private readonly open: OpenElement[] = [];
  private readonly lists: OpenList[] = [];
  private readonly table = new MarkdownTableWriter();
  /** Text of the block being read. */
  private text = '';
  private prefix = '';
  private preformatted = 0;
  private inTitle = false;
  private title: string | null = null;
  private heading: string | null = null;

  read(html: string): ParsedDocument {
    const parser = new Parser(
      {
        onopentag: (name, attributes) => this.onOpen(name, attributes),
        ontext: (text) => this.onText(text),
        onclosetag: (name) => this.onClose(name),
      },
      { decodeEntities: true, lowerCaseTags: true },
    );
    parser.end(html);
    this.endBlock();
    return { text: this.mainText(), title: this.title ?? this.heading, pages: [] };
  }

  private get current(): OpenElement {
    return this.open[this.open.length - 1] ?? { skipped: false, region: 'other' };
  }

  private onOpen(name: string, attributes: Record<string, string>): void {
    if (this.open.length >= MAX_DEPTH)
      throw new AppError('UNREADABLE_TEXT', `The page nests its elements deeper than ${MAX_DEPTH} levels.`);
    const parent = this.current;
    if (!INLINE.has(name)) this.beginBlock(name);
    this.open.push({
      skipped: parent.skipped || isSkipped(name, attributes),
      region: regionOf(name, attributes, parent.region),
    });
    if (this.current.skipped) return;
    if (name === 'title' && this.title === null) this.inTitle = true;
    else if (name === 'code' && this.preformatted === 0) this.text += '`';
    else if (name === 'img' && attributes.alt) this.onText(` ${attributes.alt} `);
    else if (name === 'pre') this.preformatted++;
  }

  private onText(text: string): void {
    if (this.inTitle) this.title = (this.title ?? '') + text;
    else if (this.current.skipped) return;
    else if (this.preformatted > 0) this.text += text;
    else this.text += text.replace(/[ \t\n\r\f]+/g, ' ');
  }

  private onClose(name: string): void {
    const { skipped } = this.current;
    if (!INLINE.has(name) && !skipped) this.closeBlock(name);
    else if (name === 'code' && !skipped && this.preformatted === 0) this.text += '`';
    this.open.pop();
    if (name === 'title' && this.inTitle) {
      this.inTitle = false;
      this.title = toTitle(this.title ?? '');
    }
  }

  private beginBlock(name: string): void {
    if (this.table.isOpen) {
      if (name === 'td' || name === 'th' || name === 'tr') this.endCell();
      if (name === 'tr') this.table.beginRow();
      else if (name === 'table') this.table.nested++;
      else if (name === 'br' || this.text !== '') this.text += ' ';
      return;
    }
    if (name === 'br') {
      this.text += '\n';
      return;
    }
    this.endBlock();
    if (name === 'table') this.table.begin();
    else if (name === 'ul' || name === 'ol') this.lists.push({ ordered: name === 'ol', items: 0 });
    else if (name === 'li') this.prefix = this.itemPrefix();
    else if (HEADING.test(name)) this.prefix = `${'#'.repeat(Number(name[1]))} `;
  }

  private closeBlock(name: string): void {
    if (this.table.isOpen) {
      if (name === 'table') this.closeTable();
      else if (name === 'td' || name === 'th' || name === 'tr') this.endCell();
      return;
    }
    if (name === 'br') return;
    if (name === 'pre') {
      this.endCode();
      return;
    }
    if (name === 'h1' && this.heading === null) this.heading = toTitle(this.text);
    this.endBlock();
    if (name === 'ul' || name === 'ol') this.lists.pop();
    this.prefix = '';
  }

  private itemPrefix(): string {
    const list = this.lists[this.lists.length - 1] ?? { ordered: false, items: 0 };
    list.items++;
    // Deeper levels share one indentation, so that a hostile page cannot multiply its size.
    const indent = '  '.repeat(Math.min(Math.max(0, this.lists.length - 1), 8));
    return `${indent}${list.ordered ? `${list.items}.` : '-'} `;
  }

  private endCell(): void {
    this.table.cell(this.text);
    this.text = '';
  }

  private closeTable(): void {
    if (this.table.nested > 0) {
      this.table.nested--;
      return;
    }
    this.endCell();
    const { caption, markdown } = this.table.end();
    if (caption !== '') this.blocks.push({ text: caption, region: this.current.region, tight: false });
    if (markdown !== '') this.blocks.push({ text: markdown, region: this.current.region, tight: false });
  }

  private endCode(): void {
    if (this.preformatted > 0) this.preformatted--;
    const code = this.text.replace(/^\n+/, '').trimEnd();
    this.text = '';
    if (code.trim() === '') return;
    const fence = code.includes('```') ? '~~~~' : '```';
    this.blocks.push({ text: `${fence}\n${code}\n${fence}`, region: this.current.region, tight: false });
  }

  private endBlock(): void {
    if (this.preformatted > 0) {
      // A block inside preformatted text ends a line.
      if (this.text !== '' && !this.text.endsWith('\n')) this.text += '\n';
      return;
    }
    const text = this.text
      .split('\n')
      .map((line) => line.trim())
      .join('\n')
      .trim();
    this.text = '';
    if (text === '') return;
    this.blocks.push({
      text: this.prefix + text,
      region: this.current.region,
      tight: this.lists.length > 0 && this.prefix !== '',
    });
    this.prefix = '';
  }

  private mainText(): string {
    const lengths = { main: 0, other: 0, surroundings: 0 };
    for (const { region, text } of this.blocks) lengths[region] += text.length;
    const content = lengths.main + lengths.other;
    const trustMain =
      lengths.main > 0 && (lengths.main >= MIN_MAIN_LENGTH || lengths.main >= content * MIN_MAIN_SHARE);
    const chosen = this.blocks.filter(({ region }) =>
      trustMain ? region === 'main' : content > 0 ? region !== 'surroundings' : true,
    );
    return chosen
      .map(({ text, tight }, i) => (i === 0 ? text : (tight && chosen[i - 1].tight ? '\n' : '\n\n') + text))
      .join('');
  }
}

function isSkipped(name: string, attributes: Record<string, string>): boolean {
  return (
    SKIPPED.has(name) ||
    'hidden' in attributes ||
    attributes['aria-hidden'] === 'true' ||
    attributes.role === 'navigation'
  );
}

function regionOf(name: string, attributes: Record<string, string>, parent: Region): Region {
  if (MAIN.has(name) || attributes.role === 'main') return 'main';
  // Inside the main part, a header holds its title.
  if (parent === 'main' && name !== 'aside') return 'main';
  if (SURROUNDINGS.has(name) || SURROUNDING_ROLES.has(attributes.role ?? '')) return 'surroundings';
  return parent;
}
