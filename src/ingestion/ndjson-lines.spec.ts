import { linesOf } from './ndjson-lines';

async function read(chunks: string[], maxBytes = 100): Promise<[number, string | null][]> {
  async function* stream() {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
  }
  const lines: [number, string | null][] = [];
  for await (const { number, bytes } of linesOf(stream(), maxBytes))
    lines.push([number, bytes?.toString() ?? null]);
  return lines;
}

describe('linesOf', () => {
  it('gives lines however the stream is cut, the last with or without its end', async () => {
    const text = 'one\ntwo\n\nfour';
    const whole = [
      [1, 'one'],
      [2, 'two'],
      [3, ''],
      [4, 'four'],
    ];
    expect(await read([text])).toEqual(whole);
    expect(await read([`${text}\n`])).toEqual(whole);
    expect(await read([...text])).toEqual(whole);
    expect(await read(['one\ntw', 'o\n', '\nfo', 'ur'])).toEqual(whole);
    expect(await read([])).toEqual([]);
  });

  it('tells of a line that is too long, and goes on after it', async () => {
    expect(await read(['ab\ncde', 'fgh', 'i\nxyz\n'], 3)).toEqual([
      [1, 'ab'],
      [2, null],
      [3, 'xyz'],
    ]);
    expect(await read(['abcdef'], 3)).toEqual([[1, null]]);
  });
});
