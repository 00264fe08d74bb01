import { writeFileSync } from 'node:fs';
import { AppError } from '../../common/app-error';
import { describeError } from '../../common/error-description';
import type { ErrorCode } from '../../common/error-codes';
import type { MediaType } from '../media-type';
import { parseDocument } from './parse-document';
import type { ParsedDocument } from './parsed-document';

/** The message to a parser process. */
export interface ParseTask {
  raw: Uint8Array;
  mediaType: MediaType;
}

/** The reply. Errors lose their class between processes, so what the document's owner may read is sent as a value. */
export type ParseOutcome =
  | { parsed: ParsedDocument }
  | { failed: { code: ErrorCode; message: string } }
  /** A bug in a parser, for the log; trying again would fail again. */
  | { unforeseen: string; isTooMuch: boolean };

async function outcomeOf({ raw, mediaType }: ParseTask): Promise<ParseOutcome> {
  try {
    return { parsed: await parseDocument(raw, mediaType) };
  } catch (error) {
    if (error instanceof AppError) return { failed: { code: error.code, message: error.message } };
    return { unforeseen: describeError(error), isTooMuch: error instanceof RangeError };
  }
}

/** Largest buffer that a parser may allocate, far above any document. */
const MAX_BUFFER_BYTES = 134_217_728;

/** Makes Linux kill this process, not the service, when memory runs out. */
function raiseOomScore(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not Linux, or not permitted.
  }
}

/**
 * Makes this process refuse buffers above {@link MAX_BUFFER_BYTES}: its heap limit does not count buffers, and a stream of a
 * PDF can decompress to a thousand times its size. A larger one is a RangeError.
 */
function limitBuffers(): void {
  globalThis.Uint8Array = new Proxy(Uint8Array, {
    construct(target, parameters: unknown[], newTarget) {
      const [size] = parameters;
      if (typeof size === 'number' && size > MAX_BUFFER_BYTES)
        throw new RangeError(`a buffer of ${size} bytes exceeds the limit`);
      return Reflect.construct(target, parameters, newTarget) as Uint8Array;
    },
  });
  // It decompresses outside of JavaScript, so the limit above would not apply.
  Reflect.deleteProperty(globalThis, 'DecompressionStream');
}

raiseOomScore();
limitBuffers();
process.on('message', (task: ParseTask) => void outcomeOf(task).then((outcome) => process.send?.(outcome)));
// The parent process is gone.
process.on('disconnect', () => process.exit());
// Ctrl-C reaches every process of a terminal: this one ends when its parent disconnects.
process.on('SIGINT', () => undefined);
