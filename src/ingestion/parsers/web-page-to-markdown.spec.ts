import { htmlToMarkdown } from './html-to-markdown';
import { webPageToMarkdown } from './web-page-to-markdown';

const text = (html: string) => webPageToMarkdown(html).text;

const SENTENCE = 'The company pays for travel that a manager has approved, within the limits of the policy. ';
const MENU = `<div class="sidebar"><ul>${'<li><a href="/x">More stories</a></li>'.repeat(10)}</ul></div>`;
const article = (content: string) => `<!doctype html><html><head><title>Travel policy</title></head><body>
  ${MENU}<div class="post"><h1>Travel policy</h1>${content}</div>
  <div class="comments"><p>First!</p></div></body></html>`;
const PARAGRAPHS = `<p>${SENTENCE.repeat(4)}</p>`.repeat(6);

describe('webPageToMarkdown', () => {
  it('takes the article and its heading, without what no element marks as its surroundings', () => {
    const html = article(PARAGRAPHS);
    expect(htmlToMarkdown(html).text).toMatch(/More stories[^]*First!/);
    expect(webPageToMarkdown(html)).toEqual({
      title: 'Travel policy',
      pages: [],
      text: ['# Travel policy', ...Array<string>(6).fill(SENTENCE.repeat(4).trim())].join('\n\n'),
    });
  });

  it('keeps the levels of headings', () => {
    const html = article(`${PARAGRAPHS}<h1>Hotels</h1>${PARAGRAPHS}<h2>Breakfast</h2>${PARAGRAPHS}`);
    expect(text(html).match(/^#+ .*/gm)).toEqual(['# Travel policy', '# Hotels', '## Breakfast']);
  });

  it('keeps the tables of an article, with their headings', () => {
    const table =
      '<table><tr><th>Class</th><th>Limit</th></tr><tr><td>Economy</td><td>900 €</td></tr></table>';
    for (const html of [article(`${PARAGRAPHS}${table}${PARAGRAPHS}`), article(PARAGRAPHS) + table])
      expect(text(html)).toContain('| Class | Limit |\n| --- | --- |\n| Economy | 900 € |');
  });

  it.each<[string, string]>([
    ['is short', '<p>One line.</p><footer>Imprint</footer>'],
    [
      'holds much more than its article',
      `${PARAGRAPHS}<ul>${'<li>--option of some kind</li>'.repeat(800)}</ul>`,
    ],
    ['has too many elements', `${PARAGRAPHS}<div>${'<b>x</b> '.repeat(21_000)}</div>`],
    ['is too long', article(`${PARAGRAPHS}<p>${SENTENCE.repeat(30_000)}</p>`)],
  ])('takes everything but surroundings of a page that %s', (_what, html) => {
    expect(webPageToMarkdown(html)).toEqual(htmlToMarkdown(html));
  });

  it.each<[string, string]>([
    ['unclosed tags', '<a href="'.repeat(100_000)],
    ['comments', '<!--'.repeat(200_000)],
    ['white space', `<p>${' \n'.repeat(900_000)}x`],
    ['end tags without start', `${'<b>'.repeat(900)}${'</x>'.repeat(200_000)}`],
    ['elements within elements', `${'<div><p>word, word'.repeat(300)}`],
    ['tables', '<table><tr><td>x'.repeat(300)],
    ['attributes', `<p ${'a="b" '.repeat(200_000)}>x`],
    ['paragraphs', `<p>${SENTENCE}${SENTENCE}`.repeat(10_000)],
    ['paragraphs of lines', `<div>${`${SENTENCE}${SENTENCE}<br><br>`.repeat(9_000)}</div>`],
    ['articles', `<article><p>${SENTENCE}${SENTENCE}</p></article>`.repeat(6_000)],
    ['classes', `<div class="${'comment article '.repeat(50_000)}"><p>${SENTENCE.repeat(4)}</div>`],
  ])('reads a page of nothing but %s in seconds', (_what, html) => {
    const startedMs = performance.now();
    text(PARAGRAPHS + html);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  it('refuses elements nested without end', () => {
    expect(() => text('<div>'.repeat(100_000))).toThrow(expect.objectContaining({ code: 'UNREADABLE_TEXT' }));
  });
});
