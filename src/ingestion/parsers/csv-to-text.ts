import Papa from 'papaparse';
import { PageJoiner } from './page-joiner';
import type { ParsedDocument } from './parsed-document';
import { recordLines } from './records-to-text';

/** A table of separated values, with whichever separator it uses: a line per row that names its columns. */
export function csvToText(text: string): ParsedDocument {
  const { data } = Papa.parse<string[]>(text.replace(/^\ufeff/, ''), { skipEmptyLines: true });
  const joiner = new PageJoiner();
  joiner.add('', [...recordLines(data)].join('\n'));
  return { text: joiner.text, title: null, pages: [] };
}
