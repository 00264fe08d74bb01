import { writeFileSync } from 'node:fs';
import { AppError } from '../../common/app-error';
import { describeError } from '../../common/error-description';
import type { ErrorCode } from '../../common/error-codes';
import type { MediaType } from '../media-type';
import { limitBuffers } from './limit-buffers';
import { parseDocument } from './parse-document';
import type { ParsedDocument } from './parsed-document';

/** What a parser process is sent. */
export interface ParseTask {
  raw: Uint8Array;
  mediaType: MediaType;
}

/** What it answers. Errors lose their class on the way, so what the document's owner may read comes as a value. */
export type ParseOutcome =
  | { parsed: ParsedDocument }
  | { failed: { code: ErrorCode; message: string } }
  /** A fault of a parser, for the log; the document will not fare better next time. */
  | { unforeseen: string; isTooMuch: boolean };

async function outcomeOf({ raw, mediaType }: ParseTask): Promise<ParseOutcome> {
  try {
    return { parsed: await parseDocument(raw, mediaType) };
  } catch (error) {
    if (error instanceof AppError) return { failed: { code: error.code, message: error.message } };
    return { unforeseen: describeError(error), isTooMuch: error instanceof RangeError };
  }
}

/** Where memory runs out all the same, Linux is to end this process and not the service. */
function volunteerForEnd(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Another system, or not allowed.
  }
}

volunteerForEnd();
limitBuffers();
process.on('message', (task: ParseTask) => void outcomeOf(task).then((outcome) => process.send?.(outcome)));
// Whoever asked is gone.
process.on('disconnect', () => process.exit());
// Ctrl-C reaches every process of a terminal: this one ends when its parent has let go of it.
process.on('SIGINT', () => undefined);
