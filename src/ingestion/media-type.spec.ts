import { declaredMediaType, namedMediaType, sniffText } from './media-type';

const FIELD = 'documents[0].mime_type';

describe('media types', () => {
  it.each([
    ['text/markdown', 'text/markdown'],
    ['Text/HTML; charset="UTF-8"', 'text/html'],
    ['application/xhtml+xml', 'text/html'],
    ['application/x-jsonlines', 'application/x-ndjson'],
    ['application/octet-stream', null],
    [undefined, null],
  ])('takes the declared %j for %s', (declared, expected) => {
    expect(declaredMediaType(declared, FIELD)).toBe(expected);
  });

  it.each([['image/png'], ['text/plain; charset=iso-8859-1'], ['constructor'], ['nonsense']])(
    'refuses %j, and says what it takes',
    (declared) => {
      expect(() => declaredMediaType(declared, FIELD)).toThrow(
        expect.objectContaining({
          code: 'UNSUPPORTED_MEDIA_TYPE',
          message: expect.stringMatching(/documents\[0\]\.mime_type.*text\/markdown/),
        }),
      );
    },
  );

  it.each([
    ['docs/README.MD', 'text/markdown'],
    ['page.html', 'text/html'],
    ['plan.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['LICENSE', null],
    ['.pdf', null],
  ])('takes the name %j for %s', (name, expected) => {
    expect(namedMediaType(name)).toBe(expected);
  });

  it.each([
    ['<!-- made by hand -->\n<!DOCTYPE HTML>', 'a.txt', 'text/html'],
    ['# Title', 'a.md', 'text/markdown'],
    ['{"a": 1}', '', 'application/json'],
    ['{"a": 1}\n{"a": 2}\n', '', 'application/x-ndjson'],
    ['[link] or {braces}', '', 'text/plain'],
    ['1\n2', 'log', 'text/plain'],
  ])('takes the text %j called %j for %s', (text, name, expected) => {
    expect(sniffText(text, name)).toBe(expected);
  });
});
