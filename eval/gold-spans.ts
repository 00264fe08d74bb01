import { join } from 'node:path';
import { normaliseText } from '../src/ingestion/parsers/normalise-text';
import { EvaluationInputError } from './evaluation';
import { filesOf, readJsonLines, textOf } from './json-lines';
import type { Span } from './span-metrics';

/** A question with the spans that answer it, in offsets of the normalised corpus. */
export interface SpanQuestion {
  id: string;
  corpus: string;
  question: string;
  gold: Span[];
}

/** Corpora by name, as they are sent to the service, and the questions about them. */
export interface SpanSet {
  corpora: Map<string, string>;
  questions: SpanQuestion[];
}

interface QuestionRow {
  id: string;
  corpus: string;
  question: string;
  references: { start: number; end: number; text: string }[];
}

/**
 * Reads `CORPUS.md` files and `questions.jsonl` ({id, corpus, question, references: [{start, end, text}]}).
 * @throws EvaluationInputError if a corpus is missing or a reference is not in it
 */
export function readSpanSet(folder: string): SpanSet {
  const names = filesOf(folder).flatMap((file) => /^(.+)\.md$/u.exec(file)?.[1] ?? []);
  const corpora = new Map(names.map((name) => [name, textOf(join(folder, `${name}.md`))]));
  const normalised = new Map([...corpora].map(([name, text]) => [name, normaliseText(text)]));
  const fields = { id: 'string', corpus: 'string', question: 'string', references: 'object' } as const;
  const rows = readJsonLines<QuestionRow>(join(folder, 'questions.jsonl'), fields);
  const questions = rows.map(({ id, corpus, question, references }) => {
    const [raw, text] = [corpora.get(corpus), normalised.get(corpus)];
    if (raw === undefined || text === undefined)
      throw new EvaluationInputError(`question ${id} is about ${corpus}.md, which ${folder} lacks`);
    const gold = references.map((reference) => locate(reference, raw, text, corpus, id));
    return { id, corpus, question, gold };
  });
  return { corpora, questions };
}

/** The service keeps normalised text, whose offsets differ from the file's by the white space it drops. */
function locate(
  { start, end }: { start: number; end: number },
  raw: string,
  normalised: string,
  document: string,
  id: string,
): Span {
  const wanted = normaliseText(raw.slice(start, end));
  // Normalised alone, what stands before the reference ends where the reference begins, or earlier.
  const from = normalised.indexOf(wanted, normaliseText(raw.slice(0, start)).length);
  if (wanted === '' || from < 0)
    throw new EvaluationInputError(`question ${id}: its reference ${start}-${end} is not in ${document}.md`);
  return { document, start: from, end: from + wanted.length };
}
