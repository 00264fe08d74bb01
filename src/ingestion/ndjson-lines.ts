const NEWLINE = 0x0a;

/** A line of NDJSON. */
export interface NdjsonLine {
  /** From 1. */
  number: number;
  /** Without its end; null if it is longer than allowed. */
  bytes: Buffer | null;
}

/**
 * The lines of a stream, in order. Holds no more of it than the line that it is at, and of a line that is too long nothing.
 * @throws what the stream throws; the line that it breaks off in is not given
 */
export async function* linesOf(stream: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<NdjsonLine> {
  let pieces: Buffer[] = [];
  let size = 0;
  let number = 1;
  const add = (piece: Buffer) => {
    size += piece.length;
    if (size > maxBytes) pieces = [];
    else pieces.push(piece);
  };
  const end = (): NdjsonLine => {
    const line = { number: number++, bytes: size > maxBytes ? null : Buffer.concat(pieces, size) };
    pieces = [];
    size = 0;
    return line;
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      add(chunk.subarray(from, to));
      yield end();
      from = to + 1;
    }
    add(chunk.subarray(from));
  }
  if (size > 0) yield end();
}
