import { scanBlocks } from './block-scanner';

function outline(text: string): string[] {
  return [...scanBlocks(text)].map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`);
}

describe('scanBlocks', () => {
  it('finds the blocks of Markdown with exact offsets', () => {
    const text = [
      '# Title #',
      'Para one',
      'goes on.',
      '',
      '- a',
      '',
      '  more of a',
      '- b',
      '',
      '> quoted',
      'lazily',
      '',
      '| a | b |',
      '|---|:-:|',
      '| 1 | 2 |',
      '',
      '    code',
      '',
      '    more',
      '',
      '***',
      '<div>',
      'x',
      '</div>',
    ].join('\n');
    expect(outline(text)).toEqual([
      'heading: # Title #',
      'paragraph: Para one\ngoes on.',
      'list: - a\n\n  more of a\n- b',
      'quote: > quoted\nlazily',
      'table: | a | b |\n|---|:-:|\n| 1 | 2 |',
      'code:     code\n\n    more',
      'break: ***',
      'html: <div>\nx\n</div>',
    ]);
  });

  it('tracks the heading path over ATX and setext headings', () => {
    const text = '# A\n## B\nb\n\nC\n=\nc\n\n### D\nd';
    const paths = [...scanBlocks(text)]
      .filter(({ kind }) => kind === 'paragraph')
      .map(({ headingPath }) => headingPath);
    expect(paths).toEqual([['A', 'B'], ['C'], ['C', 'D']]);
  });

  it('takes nothing inside a fence for structure, in a list too', () => {
    expect(outline('```sh\n# no heading\n\n- no list\n```\ntext')).toEqual([
      'code: ```sh\n# no heading\n\n- no list\n```',
      'paragraph: text',
    ]);
    expect(outline('- item\n  ```\n# comment\n  ```\n- next')).toEqual([
      'list: - item\n  ```\n# comment\n  ```\n- next',
    ]);
    expect(outline('````\n```\n````')).toEqual(['code: ````\n```\n````']);
  });

  it('gives the rest of the text to an unclosed fence', () => {
    expect(outline('a\n~~~\nb\n\n# c')).toEqual(['paragraph: a', 'code: ~~~\nb\n\n# c']);
  });

  it('reads front matter, and a rule where there is none', () => {
    expect(outline('---\ntitle: x\n\nlinkTitle: y\n---\nText')).toEqual([
      'metadata: ---\ntitle: x\n\nlinkTitle: y\n---',
      'paragraph: Text',
    ]);
    expect(outline('---\nText')).toEqual(['break: ---', 'paragraph: Text']);
  });

  it('finds a table under a paragraph, and none without its delimiter row', () => {
    expect(outline('Intro\na | b\n-|-\n1 | 2')).toEqual(['paragraph: Intro', 'table: a | b\n-|-\n1 | 2']);
    expect(outline('a | b\nc | d')).toEqual(['paragraph: a | b\nc | d']);
  });

  it('keeps comments and raw elements whole over blank lines', () => {
    expect(outline('<!-- a\n\n# b -->\nc\n\nd')).toEqual(['html: <!-- a\n\n# b -->\nc', 'paragraph: d']);
    expect(outline('<pre>\n\nx\n</pre>\n\nd')).toEqual(['html: <pre>\n\nx\n</pre>', 'paragraph: d']);
  });

  it('finds nothing in blank text', () => {
    expect([...scanBlocks('')]).toEqual([]);
    expect([...scanBlocks(' \n\t\n')]).toEqual([]);
  });
});
