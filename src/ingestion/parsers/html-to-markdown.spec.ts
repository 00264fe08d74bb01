import { htmlToMarkdown } from './html-to-markdown';

const text = (html: string) => htmlToMarkdown(html).text;

describe('htmlToMarkdown', () => {
  it('keeps headings, paragraphs, lists, code and tables', () => {
    const html = `<!doctype html><html><head><title> Refund
      policy &amp; terms </title><style>p {color: red}</style></head><body>
      <h1>Refunds</h1><p>Within <b>30</b>
      days,<br>free of charge.</p>
      <ul><li>one<li>two<ol><li>inner</ol></ul>
      <h2>Code</h2><pre><code>if (a &lt; b)
  return;</code></pre>
      <p>Call <code>refund()</code> <img alt="a picture" src=x>.</p>
      <table><caption>Fees</caption><tr><th>Kind<th>Fee</tr><tr><td>a|b<td>2 €</table>
      <script>alert("no")</script></body></html>`;
    expect(htmlToMarkdown(html)).toEqual({
      title: 'Refund policy & terms',
      pages: [],
      text: [
        '# Refunds',
        'Within 30 days,\nfree of charge.',
        '- one\n- two\n  1. inner',
        '## Code',
        '```\nif (a < b)\n  return;\n```',
        'Call `refund()`  a picture .',
        'Fees',
        '| Kind | Fee |\n| --- | --- |\n| a\\|b | 2 € |',
      ].join('\n\n'),
    });
  });

  it('takes the main content and leaves what surrounds it', () => {
    const html = `<header>Site name</header><nav>Home About</nav><div class="cookie">Cookies!</div>
      <main><header><h1>Title</h1></header><p>${'Content. '.repeat(40)}</p><aside>Ad</aside></main>
      <footer>Imprint</footer>`;
    expect(text(html)).toBe(`# Title\n\n${'Content. '.repeat(40).trim()}`);
  });

  it('takes everything but surroundings where no main content is marked', () => {
    expect(text('<div>Hello</div><footer>Imprint</footer>')).toBe('Hello');
    expect(text('<footer>Imprint only</footer>')).toBe('Imprint only');
    expect(text(`<main>x</main><div>${'real text '.repeat(50)}</div>`)).toContain('real text');
  });

  it('leaves out what is hidden', () => {
    expect(text('<p>a</p><p hidden>b</p><div aria-hidden="true">c</div><div role=navigation>d</div>')).toBe(
      'a',
    );
  });

  it('takes the first heading for the title where the page has none', () => {
    expect(htmlToMarkdown('<h2>x</h2><h1>Name <i>of</i> it</h1>').title).toBe('Name of it');
    expect(htmlToMarkdown('<p>x</p>').title).toBeNull();
  });

  it('makes paragraphs of tables that are there for the layout', () => {
    expect(text('<table><tr><td><p>One.</p><p>More.</p></td></tr><tr><td>Two.</td></tr></table>')).toBe(
      'One. More.\n\nTwo.',
    );
    expect(text('<table><tr><td>a<table><tr><td>inner</table></td><td>b</td></tr></table>')).toContain(
      'inner',
    );
  });

  it('survives markup that is broken', () => {
    expect(text('<p>a <b>b <p>c</b> d</div></p> e &unknown; &#x110000; < f')).toMatch(/a b[^]*c[^]*d[^]*e/);
    expect(text('plain text')).toBe('plain text');
    expect(text('')).toBe('');
  });

  it.each<[string, string]>([
    ['unclosed tags', '<a href="'.repeat(100_000)],
    ['comments', '<!--'.repeat(200_000)],
    ['angle brackets', '<'.repeat(1_000_000)],
    ['white space', `<p>${' \n'.repeat(1_000_000)}x`],
    ['end tags without start', `${'<b>'.repeat(900)}${'</x>'.repeat(200_000)}`],
    ['list items', '<ul><li>x'.repeat(400)],
    ['tables', '<table><tr><td>x'.repeat(300)],
    ['attributes', `<p ${'a="b" '.repeat(200_000)}>x`],
  ])('takes time in proportion to a page of nothing but %s', (_what, html) => {
    const startedMs = performance.now();
    text(html);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it('refuses elements nested without end', () => {
    expect(() => text('<div>'.repeat(100_000))).toThrow(expect.objectContaining({ code: 'UNREADABLE_TEXT' }));
  });
});
