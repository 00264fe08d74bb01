import { checkedDocument, MAX_METADATA_BYTES, MAX_METADATA_DEPTH, problemOfMetadata } from './document-check';

const FIELD = { field: 'documents[3].content', maxBytes: 1000 };
const check = (content: string | Uint8Array) => () => checkedDocument(content, FIELD);

describe('checkedDocument', () => {
  it.each([
    ['plain'],
    ['Zażółć gęślą jaźń 🌲\u200d🔥 \u202eright to left\u202c'],
    ['\u001b[31mred\u001b[0m on a terminal'],
    ['tab\tfeed\fvertical\v\r\n'],
    ['replaced \ufffd long ago'],
  ])('takes %j as it is', (text) => {
    expect(checkedDocument(text, FIELD).raw.toString()).toBe(text);
    expect(checkedDocument(Buffer.from(text), FIELD).raw.toString()).toBe(text);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['a NUL', 'a\0b', 'UNREADABLE_TEXT'],
    ['binary', 'PK\u0003\u0004\u0014\u0006', 'UNREADABLE_TEXT'],
    ['a lone surrogate', 'a\ud800b', 'UNREADABLE_TEXT'],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0xfe]), 'UNREADABLE_TEXT'],
    ['UTF-16', Buffer.from('text', 'utf16le'), 'UNREADABLE_TEXT'],
    ['nothing', '', 'EMPTY_DOCUMENT'],
    ['white space', ' \n\t\u200b\ufeff', 'EMPTY_DOCUMENT'],
    ['a document above the limit', 'é'.repeat(501), 'PAYLOAD_TOO_LARGE'],
  ])('refuses %s and names the field', (_what, content, code) => {
    expect(check(content)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(/^documents\[3\]\.content: /) }),
    );
  });

  it.each<[string, Parameters<typeof checkedDocument>, string]>([
    ['bytes over names', [Buffer.from('%PDF-1.7\n'), { ...FIELD, name: 'a.md' }], 'application/pdf'],
    [
      'bytes over claims',
      [Buffer.from('%PDF-1.7\n'), { ...FIELD, declared: 'text/plain' }],
      'application/pdf',
    ],
    ['claims over wording', ['<!doctype html>x', { ...FIELD, declared: 'text/plain' }], 'text/plain'],
    ['wording over names', ['<!doctype html>x', { ...FIELD, name: 'a.txt' }], 'text/html'],
    ['text for what is called a PDF', [Buffer.from('plain'), { ...FIELD, name: 'a.pdf' }], 'text/plain'],
    ['a text about PDF for text', [Buffer.from('It begins with %PDF-1.7'), FIELD], 'text/plain'],
    [
      'broken bytes for what they are called',
      [Buffer.from([0xff, 0]), { ...FIELD, name: 'a.pdf' }],
      'application/pdf',
    ],
  ])('takes %s', (_what, call, mimeType) => {
    expect(checkedDocument(...call).mimeType).toBe(mimeType);
  });

  it('refuses archives and files as strings, and says what to do instead', () => {
    expect(check(Buffer.from('PK\x03\x04\0 some.png'))).toThrow(/documents\[3\]\.content: .*ZIP archive/);
    expect(() => checkedDocument('x', { ...FIELD, declared: 'application/pdf' })).toThrow(/multipart/);
  });

  it('says the limit in bytes', () => {
    expect(check('x'.repeat(1001))).toThrow(
      expect.objectContaining({ details: { field: 'documents[3].content', limitBytes: 1000 } }),
    );
    expect(check('x'.repeat(1000))).not.toThrow();
  });
});

describe('problemOfMetadata', () => {
  const nested = (depth: number): object =>
    JSON.parse('{"a":'.repeat(depth - 1) + '{}' + '}'.repeat(depth - 1));

  it('accepts what Postgres can store', () => {
    expect(problemOfMetadata({ a: [1, { b: null }], ключ: 'x', n: 1e300, yes: true })).toBeNull();
    expect(problemOfMetadata(nested(MAX_METADATA_DEPTH))).toBeNull();
  });

  it.each<[string, unknown, RegExp]>([
    ['a list', [], /object/],
    ['null', null, /object/],
    ['a NUL deep inside', { a: [{ b: 'x\0' }] }, /U\+0000/],
    ['half a character in a key', { '\ud800': 1 }, /surrogate/],
    ['too deep', nested(MAX_METADATA_DEPTH + 1), /deeper/],
    ['endlessly deep', nested(50_000), /deeper/],
    ['too large', { a: 'x'.repeat(MAX_METADATA_BYTES) }, /bytes/],
  ])('refuses %s', (_what, metadata, problem) => {
    expect(problemOfMetadata(metadata)).toMatch(problem);
  });
});
