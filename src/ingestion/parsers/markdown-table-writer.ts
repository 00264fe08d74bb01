/** Collects the cells of one table and writes it as a Markdown table. Tables inside its cells become text. */
export class MarkdownTableWriter {
  isOpen = false;
  /** How many tables are open inside this one. */
  nested = 0;
  private rows: string[][] = [];
  private caption = '';

  begin(): void {
    this.isOpen = true;
    this.nested = 0;
    this.rows = [];
    this.caption = '';
  }

  beginRow(): void {
    this.rows.push([]);
  }

  /** Adds a cell; text before the first row is the caption, blank text between cells is ignored. */
  cell(text: string): void {
    const content = text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');
    if (content === '') return;
    if (this.rows.length === 0) this.caption = `${this.caption} ${content}`.trim();
    else this.rows[this.rows.length - 1].push(content);
  }

  /** Ends the table. A table with a single column is layout, so its cells become paragraphs. */
  end(): { caption: string; markdown: string } {
    this.isOpen = false;
    const rows = this.rows.filter((row) => row.length > 0);
    const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
    if (columns <= 1) return { caption: this.caption, markdown: rows.map(([cell]) => cell).join('\n\n') };
    const lines = rows.map((row) => `| ${row.join(' | ')} |`);
    // Below the first row, which Markdown reads as the header.
    lines.splice(1, 0, `|${' --- |'.repeat(rows[0].length)}`);
    return { caption: this.caption, markdown: lines.join('\n') };
  }
}
