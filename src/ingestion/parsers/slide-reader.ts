import { Parser } from 'htmlparser2';
import { MarkdownTableWriter } from './markdown-table-writer';

/** Placeholders that repeat on every slide: number, date, footer, header, image. */
const BOILERPLATE_PLACEHOLDERS = new Set(['sldNum', 'dt', 'ftr', 'hdr', 'sldImg']);
const TITLES = new Set(['title', 'ctrTitle']);
/** Deepest level of a list in PowerPoint. */
const MAX_LEVEL = 8;

/** Reads one slide, or the notes of one, from its XML. */
export class SlideReader {
  private title = '';
  private readonly blocks: string[] = [];
  private readonly table = new MarkdownTableWriter();
  private placeholder: string | undefined;
  private text = '';
  private level = 0;
  private inText = false;

  /** @returns the title on one line, empty for none; paragraphs and tables as Markdown */
  read(xml: string): { title: string; body: string } {
    const parser = new Parser(
      {
        onopentag: (name, attributes) => this.onOpen(name, attributes),
        ontext: (text) => {
          if (this.inText) this.text += text;
        },
        onclosetag: (name) => this.onClose(name),
      },
      { xmlMode: true },
    );
    parser.end(xml);
    return { title: this.title, body: this.blocks.join('\n') };
  }

  private onOpen(name: string, attributes: Record<string, string>): void {
    if (name === 'p:sp') this.placeholder = undefined;
    else if (name === 'p:ph') this.placeholder = attributes.type ?? 'body';
    else if (name === 'a:tbl') this.table.begin();
    else if (name === 'a:tr') this.table.beginRow();
    else if (name === 'a:pPr') this.level = Math.min(Number(attributes.lvl) || 0, MAX_LEVEL);
    else if (name === 'a:br') this.text += ' ';
    else if (name === 'a:t') this.inText = true;
  }

  private onClose(name: string): void {
    if (name === 'a:t') this.inText = false;
    else if (name === 'a:p') this.endParagraph();
    else if (name === 'a:tc') this.endCell();
    else if (name === 'a:tbl') this.endTable();
  }

  private endParagraph(): void {
    // The paragraphs of a cell are one text.
    if (this.table.isOpen) this.text += ' ';
    else {
      const text = this.text.replace(/\s+/g, ' ').trim();
      if (text !== '' && TITLES.has(this.placeholder ?? '')) this.title = `${this.title} ${text}`.trim();
      else if (text !== '' && !BOILERPLATE_PLACEHOLDERS.has(this.placeholder ?? ''))
        this.blocks.push(`${'  '.repeat(this.level)}- ${text}`);
      this.text = '';
    }
    this.level = 0;
  }

  private endCell(): void {
    this.table.cell(this.text);
    this.text = '';
  }

  private endTable(): void {
    this.blocks.push(`\n${this.table.end().markdown}\n`);
  }
}
