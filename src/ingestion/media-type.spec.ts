import { mediaTypeOf } from './media-type';

const FIELD = 'documents[0].mime_type';

describe('mediaTypeOf', () => {
  it.each([
    ['text/markdown', 'a.txt', 'text/markdown'],
    ['Text/HTML; charset="UTF-8"', 'a', 'text/html'],
    ['application/xhtml+xml', 'a', 'text/html'],
    [undefined, 'docs/README.MD', 'text/markdown'],
    [undefined, 'page.html', 'text/html'],
    [undefined, 'LICENSE', 'text/plain'],
    ['application/octet-stream', 'notes.markdown', 'text/markdown'],
    ['application/octet-stream', 'notes.log', 'text/plain'],
  ])('takes %j named %j for %s', (declared, name, expected) => {
    expect(mediaTypeOf(declared, name, FIELD)).toBe(expected);
  });

  it.each([
    ['application/pdf'],
    ['image/png'],
    ['text/plain; charset=iso-8859-1'],
    ['constructor'],
    ['nonsense'],
  ])('refuses %j, and says what it takes', (declared) => {
    expect(() => mediaTypeOf(declared, 'a.txt', FIELD)).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_MEDIA_TYPE',
        message: expect.stringMatching(/documents\[0\]\.mime_type.*text\/markdown/),
      }),
    );
  });
});
