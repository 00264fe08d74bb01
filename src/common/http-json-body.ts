import { isUtf8 } from 'node:buffer';
import { AppError } from './app-error';
import { refuseHostileParts } from './hostile-value';

/** Deeper than any document of metadata, far from the depth at which recursive code runs out of stack. */
export const MAX_JSON_DEPTH = 64;
/** Objects, arrays and their members: bounds the memory and time that a small body can take once it is parsed. */
export const MAX_JSON_VALUES = 100_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * The value of a JSON body; undefined for an empty one. Refused before it is parsed if its shape alone could
 * harm (depth, number of values), and afterwards if a part of it is hostile.
 * @throws AppError BAD_REQUEST if it is not UTF-8, not JSON, or too deep or many-valued; those of
 *   {@link refuseHostileParts}
 */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new AppError('BAD_REQUEST', 'The body is not valid UTF-8.');
  refuseHarmfulShape(body);
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    // The parser's message may quote the body, but its own sender only.
    throw new AppError('BAD_REQUEST', `The body is not valid JSON: ${(cause as Error).message}`, { cause });
  }
  refuseHostileParts(value, 'body');
  return value;
}

/** One pass over the bytes that jumps over strings; malformed JSON is left to the parser. */
function refuseHarmfulShape(body: Buffer): void {
  let depth = 0;
  let values = 0;
  for (let i = 0; i < body.length; i++) {
    switch (body[i]) {
      case QUOTE:
        i = endOfString(body, i);
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        values++;
        if (++depth > MAX_JSON_DEPTH)
          throw new AppError('BAD_REQUEST', `The body is nested deeper than ${MAX_JSON_DEPTH} levels.`, {
            details: { maxDepth: MAX_JSON_DEPTH },
          });
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        break;
      case COMMA:
        values++;
        break;
    }
    if (values > MAX_JSON_VALUES)
      throw new AppError('BAD_REQUEST', `The body holds more than ${MAX_JSON_VALUES} values.`, {
        details: { maxValues: MAX_JSON_VALUES },
      });
  }
}

/** Index of the quote that ends the string beginning at `start`, or of the last byte if none does. */
function endOfString(body: Buffer, start: number): number {
  for (let end = body.indexOf(QUOTE, start + 1); end !== -1; end = body.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (body[end - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return body.length - 1;
}
