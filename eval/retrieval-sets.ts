import { join } from 'node:path';
import { EvaluationInputError } from './evaluation';
import { filesOf, readJsonLines } from './json-lines';
import type { RelevanceGains } from './ranking-metrics';

/** A question with the documents that answer it. */
export interface JudgedQuery {
  id: string;
  text: string;
  relevant: RelevanceGains;
  /** What answers it, as it stands in a relevant document; not every set says. */
  answer?: string;
}

/** A document of a test collection; where it has a title, the text begins with it. */
export interface RetrievalDocument {
  id: string;
  title?: string;
  text: string;
}

/** A test collection: documents, questions, judgements. */
export interface RetrievalSet {
  name: string;
  documents: RetrievalDocument[];
  queries: JudgedQuery[];
}

const CORPUS_FILE = /^(.+)_(?:corpus|passages)\.jsonl$/u;

/**
 * Every test collection of a folder: `NAME_corpus.jsonl` or `NAME_passages.jsonl` with `NAME_queries.jsonl`.
 * @param wanted names; none for all
 * @throws EvaluationInputError if the folder holds none, or not one that is wanted
 */
export function readRetrievalSets(folder: string, wanted: readonly string[]): RetrievalSet[] {
  const corpora = filesOf(folder).flatMap((file) => {
    const name = CORPUS_FILE.exec(file)?.[1];
    return name === undefined ? [] : [{ name, file }];
  });
  const missing = wanted.find((name) => !corpora.some((corpus) => corpus.name === name));
  if (missing !== undefined) throw new EvaluationInputError(`${folder} holds no set "${missing}"`);
  if (corpora.length === 0)
    throw new EvaluationInputError(`${folder} holds no *_corpus.jsonl or *_passages.jsonl`);
  return corpora
    .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
    .map(({ name, file }) => ({
      name,
      documents: readJsonLines<RetrievalDocument>(join(folder, file), {
        id: 'string',
        title: 'string?',
        text: 'string',
      }),
      queries: readJsonLines<JudgedQuery>(join(folder, `${name}_queries.jsonl`), {
        id: 'string',
        text: 'string',
        relevant: 'object',
        answer: 'string?',
      }),
    }));
}
