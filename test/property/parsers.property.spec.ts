import fc from 'fast-check';
import { AppConfig } from '../../src/config/app-config';
import type { AppError } from '../../src/common/app-error';
import { checkedDocument } from '../../src/ingestion/document-check';
import { ParserPool } from '../../src/ingestion/parsers/parser-pool';
import { docxOf, pdfOf, pptxOf, xlsxOf } from '../support/document-files';

jest.setTimeout(180_000);

const LIMIT_SECONDS = 10;
/** Whatever becomes of bytes: text, or one of these. */
const FAILURES = [
  'UNREADABLE_TEXT',
  'UNREADABLE_DOCUMENT',
  'ENCRYPTED_DOCUMENT',
  'DOCUMENT_LIMIT_EXCEEDED',
  'EMPTY_DOCUMENT',
  'UNSUPPORTED_MEDIA_TYPE',
];
const FILES: Record<string, Buffer> = {
  'a.pdf': pdfOf([[['Title', 20], ['Some words of text.']], [['More.']]], { title: 'A' }),
  'a.docx': docxOf(['# Title', 'Some words.'], 'A'),
  'a.pptx': pptxOf([{ title: 'Plan', points: ['One', 'Two'], notes: 'Say it.' }]),
  'a.xlsx': xlsxOf({
    Sheet: [
      ['Name', 'Age'],
      ['Alice', 42],
    ],
  }),
  'a.html': Buffer.from('<!doctype html><title>T</title><main><h1>A</h1><table><tr><td>x</table></main>'),
  'a.csv': Buffer.from('a,b\n"1,2",3\n'),
  'a.json': Buffer.from('[{"a": [1, {"b": "c"}]}]'),
  'a.jsonl': Buffer.from('{"a": 1}\n{"b": 2}\n'),
};

/** What happens to files on their way: bytes change, stretches are lost, doubled or moved. */
const mutation = fc.record({
  kind: fc.constantFrom('change', 'cut', 'double', 'insert'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
});

function mutated(
  file: Buffer,
  mutations: readonly { kind: string; at: number; bytes: Uint8Array }[],
): Buffer {
  return mutations.reduce((bytes, { kind, at, bytes: piece }) => {
    const start = Math.floor(at * bytes.length);
    const end = start + piece.length;
    const before = bytes.subarray(0, start);
    if (kind === 'cut') return Buffer.concat([before, bytes.subarray(end)]);
    if (kind === 'double') return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
    return Buffer.concat([before, piece, bytes.subarray(kind === 'change' ? end : start)]);
  }, Buffer.from(file));
}

describe('parsing of damaged files', () => {
  const pool = new ParserPool(AppConfig.parse({ PARSE_TIMEOUT_SECONDS: String(LIMIT_SECONDS) }));
  afterAll(() => pool.onApplicationShutdown());

  it.each(Object.keys(FILES))('ends %s as text or as an error of the document, in time', async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { maxLength: 8 }), async (mutations) => {
        const startedMs = performance.now();
        try {
          const bytes = mutated(FILES[name], mutations);
          const { raw, mimeType } = checkedDocument(bytes, { field: name, maxBytes: 1e6, name });
          const { text, pages } = await pool.parse(raw, mimeType, new AbortController().signal);
          expect(text).not.toMatch(/\0|\r/);
          for (const { start } of pages) expect(start).toBeLessThan(text.length);
        } catch (error) {
          expect(FAILURES).toContain((error as AppError).code);
        }
        expect(performance.now() - startedMs).toBeLessThan((LIMIT_SECONDS + 2) * 1000);
      }),
      { numRuns: 120 },
    );
  });
});
