import { AppError } from '../../common/app-error';
import type { MediaType } from '../media-type';
import { parseDocument } from './parse-document';
import type { ParsedDocument } from './parsed-document';

export interface ParseTask {
  raw: Uint8Array;
  mediaType: MediaType;
}

/** Errors lose their class on the way between threads, so what the document's owner may read comes as a value. */
export type ParseOutcome = { parsed: ParsedDocument } | { unreadable: string };

/** The entry of a parser thread. */
export default function parse({ raw, mediaType }: ParseTask): ParseOutcome {
  try {
    return { parsed: parseDocument(raw, mediaType) };
  } catch (error) {
    if (error instanceof AppError && error.code === 'UNREADABLE_TEXT') return { unreadable: error.message };
    throw error;
  }
}
