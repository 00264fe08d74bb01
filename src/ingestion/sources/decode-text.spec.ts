import { decodeText } from './decode-text';

const LATIN = Buffer.from('<p>Zürich</p>', 'latin1');

describe('decodeText', () => {
  it.each<[string, Buffer, string | undefined, string]>([
    ['UTF-8, whatever the header says', Buffer.from('Zürich'), 'text/html; charset=iso-8859-1', 'Zürich'],
    ['the header’s character set', LATIN, 'text/html; charset="ISO-8859-1"', '<p>Zürich</p>'],
    [
      'the page’s own',
      Buffer.from('<meta charset="windows-1252"><p>5 \x80</p>', 'latin1'),
      'text/html',
      '<meta charset="windows-1252"><p>5 €</p>',
    ],
    ['a byte order mark', Buffer.from('\ufeffZürich', 'utf16le'), undefined, 'Zürich'],
  ])('reads %s', (_what, bytes, contentType, text) => {
    expect(decodeText(bytes, contentType).toString()).toBe(text);
  });

  it('leaves bytes alone that nothing is known of', () => {
    expect(decodeText(LATIN, 'text/html')).toBe(LATIN);
    expect(decodeText(LATIN, 'text/html; charset=nonsense')).toBe(LATIN);
  });
});
