/** A sentence, list item or table row of a document, with what it stands under. */
export interface Statement {
  text: string;
  /** Headings, bold lead-in and table header above it. */
  context: string;
}

const HEADING = /^#{1,6}\s/;
const TABLE_RULE = /^\|[-:|\s]+$/;
/** A lead-in such as `**Pets.**` at the beginning of a paragraph. */
const LEAD = /^\*\*([^*\n]{1,80})\*\*/;
const SENTENCE_END = new Set('.?!。？！');

/** Splits the text of a passage into its statements, in order. Linear. */
export function statementsOf(content: string): Statement[] {
  const statements: Statement[] = [];
  const lines = content.split('\n').map((line) => line.trim());
  let heading = '';
  let header = '';
  lines.forEach((line, i) => {
    if (line === '') header = '';
    else if (HEADING.test(line)) heading = line.replace(HEADING, '');
    else if (line.startsWith('|')) {
      if (TABLE_RULE.test(line)) return;
      if (header === '' && TABLE_RULE.test(lines[i + 1] ?? '')) header = line;
      else statements.push({ text: line, context: `${heading} ${header}` });
    } else {
      const lead = LEAD.exec(line)?.[1] ?? '';
      for (const text of sentencesOf(line)) statements.push({ text, context: `${heading} ${lead}` });
    }
  });
  return statements;
}

/** The sentences of one line; an end mark counts where white space and no small letter follows. */
function sentencesOf(line: string): string[] {
  const sentences: string[] = [];
  let start = 0;
  for (let i = 0; i < line.length; i++) {
    if (!SENTENCE_END.has(line[i])) continue;
    const next = line[i + 1];
    const isEnd = '。？！'.includes(line[i]) || (next === ' ' && !/\p{Ll}/u.test(line[i + 2] ?? ''));
    if (!isEnd) continue;
    sentences.push(line.slice(start, i + 1).trim());
    start = i + 1;
  }
  sentences.push(line.slice(start).trim());
  return sentences.filter((sentence) => sentence !== '');
}
