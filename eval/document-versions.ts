import { join } from 'node:path';
import { normaliseText } from '../src/ingestion/parsers/normalise-text';
import { EvaluationInputError } from './evaluation';
import { filesOf, readJsonLines } from './json-lines';

/** A file that was edited (and perhaps moved), in normalised text. */
export interface EditedFile {
  path: string;
  before: string;
  after: string;
}

/** The edits of one documentation set. */
export interface EditedSet {
  name: string;
  files: EditedFile[];
}

interface FileChange {
  op: string;
  path: string;
  from?: string;
  text?: string;
}

const CHANGES_FILE = /^(.+)_changes\.jsonl$/u;

/**
 * Every set of a folder: `NAME_v1.jsonl` ({path, text}) and `NAME_changes.jsonl` ({op, path, from?, text?}); of the
 * changes those that edit a text that was there before (`modify`, `rename`).
 * @throws EvaluationInputError if the folder holds none, or a change is of an unknown file
 */
export function readEditedSets(folder: string): EditedSet[] {
  const names = filesOf(folder).flatMap((file) => CHANGES_FILE.exec(file)?.[1] ?? []);
  if (names.length === 0) throw new EvaluationInputError(`${folder} holds no *_changes.jsonl`);
  return names.map((name) => ({ name, files: readEdits(folder, name) }));
}

function readEdits(folder: string, name: string): EditedFile[] {
  const fields = { path: 'string', text: 'string' } as const;
  const rows = readJsonLines<{ path: string; text: string }>(join(folder, `${name}_v1.jsonl`), fields);
  const texts = new Map(rows.map(({ path, text }) => [path, text]));
  const changeFields = { op: 'string', path: 'string', from: 'string?', text: 'string?' } as const;
  return readJsonLines<FileChange>(join(folder, `${name}_changes.jsonl`), changeFields).flatMap(
    ({ op, path, from = path, text }) => {
      if ((op !== 'modify' && op !== 'rename') || text === undefined) return [];
      const before = texts.get(from);
      if (before === undefined)
        throw new EvaluationInputError(`${name}_changes.jsonl edits ${from}, which ${name}_v1.jsonl lacks`);
      const file = { path, before: normaliseText(before), after: normaliseText(text) };
      return file.before === file.after ? [] : [file];
    },
  );
}
