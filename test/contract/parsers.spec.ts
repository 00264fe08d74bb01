import { AppConfig } from '../../src/config/app-config';
import { checkedDocument } from '../../src/ingestion/document-check';
import { ParserPool } from '../../src/ingestion/parsers/parser-pool';
import { pageOf } from '../../src/ingestion/parsers/parsed-document';
import {
  docxOf,
  encryptedOfficeFile,
  pdfOf,
  pdfWithStreams,
  pptxOf,
  withDeclaredSize,
  xlsxOf,
  zipOf,
} from '../support/document-files';

jest.setTimeout(120_000);

describe('parsers in their processes', () => {
  const pool = new ParserPool(AppConfig.parse({ PARSE_TIMEOUT_SECONDS: '10', PARSE_MEMORY_MB: '192' }));
  afterAll(() => pool.onApplicationShutdown());

  const parse = (bytes: Buffer, name = '', from = pool) => {
    const { raw, mimeType } = checkedDocument(bytes, { field: 'file', maxBytes: 64_000_000, name });
    return from.parse(raw, mimeType, new AbortController().signal);
  };
  const failing = (bytes: Buffer, code: string, message: RegExp, name = '') =>
    expect(parse(bytes, name)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });

  it('reads a PDF page by page, with title and headings, without running heads', async () => {
    const pages = [1, 2, 3, 4].map((n) => [
      ['Acme Corp. - Internal', 8] as const,
      ...(n === 1 ? [['Travel Policy', 24] as const] : []),
      [`Chapter ${n}`, 18] as const,
      [`Employees of unit ${n} may fly in busi-`] as const,
      [`ness class above ${['five', 'six', 'seven', 'eight'][n - 1]} hours.`] as const,
      [`Page ${n} of 4`, 8] as const,
    ]);
    const { text, title, pages: starts } = await parse(pdfOf(pages));
    expect(title).toBe('Travel Policy');
    expect(text).toContain('# Travel Policy');
    expect(text).toContain(
      '## Chapter 3\n\nEmployees of unit 3 may fly in business class above seven hours.',
    );
    expect(text).not.toMatch(/Acme|Page \d/);
    expect(starts.map(({ label }) => label)).toEqual(['1', '2', '3', '4']);
    const third = text.indexOf('unit 3');
    expect(pageOf(starts, third, third + 5)).toBe('3');
    expect(pageOf(starts, text.indexOf('unit 2'), third)).toBe('2–3');
    expect((await parse(pdfOf(pages, { title: 'Travel 2025' }))).title).toBe('Travel 2025');
  });

  it('reads a Word document with headings and the title of its properties', async () => {
    const lines = ['# Refunds', 'Within 30 days & not later.', '## Exceptions', 'None <at all>.'];
    const parsed = await parse(docxOf(lines, 'The refund rules'), 'misnamed.txt');
    expect(parsed).toEqual({
      title: 'The refund rules',
      text: '# Refunds\n\nWithin 30 days & not later.\n\n## Exceptions\n\nNone <at all>.',
      pages: [],
    });
    expect((await parse(docxOf(lines, 'Microsoft Word - Document1'))).title).toBe('Refunds');
  });

  it('reads slides in the order in which they are shown, with notes', async () => {
    const { text, title, pages } = await parse(
      pptxOf([
        { title: 'Our Plan', points: ['Grow', 'Earn'] },
        { title: 'Risks', points: ['Rain'], notes: 'Mention the umbrella.' },
      ]),
    );
    expect(title).toBe('Our Plan');
    expect(text).toBe(
      '## Our Plan\n\n- Grow\n- Earn\n\n## Risks\n\n- Rain\n\nNotes:\n\n- Mention the umbrella.',
    );
    expect(pages).toEqual([
      { start: 0, label: '1' },
      { start: text.indexOf('## Risks'), label: '2' },
    ]);
  });

  it('reads a workbook: a page per sheet, a line per row that names its columns', async () => {
    const { text, pages } = await parse(
      xlsxOf({
        People: [
          ['Name', 'Age'],
          ['Alice', 42],
          ['Bob', 7],
        ],
        'R & D': [[1, 2]],
        Empty: [],
      }),
    );
    expect(text).toBe(
      '## People\n\nColumns: Name, Age\n- Name: Alice; Age: 42\n- Name: Bob; Age: 7\n\n## R & D\n\n- 1; 2',
    );
    expect(pages.map(({ label }) => label)).toEqual(['People', 'R & D']);
  });

  it.each<[string, string, string]>([
    ['people.csv', 'Name;Age\n"Al;ice";42\n', 'Columns: Name, Age\n- Name: Al;ice; Age: 42'],
    ['people.tsv', 'Name\tAge\nBob\t7\n', 'Columns: Name, Age\n- Name: Bob; Age: 7'],
    ['data', '{"name": "X", "a": {"b": [1, 2]}, "c": null}', 'name: X\na.b: 1, 2'],
    ['data.json', '[{"id": 1, "t": "x"}, {"id": 2, "t": "y"}]', 'id: 1\nt: x\n\nid: 2\nt: y'],
    ['data.json', '{broken', '{broken'],
    ['data.jsonl', '{"q": "a"}\nnot json\n{"q": "b"}\n', 'q: a\nnot json\nq: b'],
    ['page.txt', '<!DOCTYPE html><nav>Menu</nav><p>Text.</p>', 'Text.'],
  ])('reads %s', async (name, content, text) => {
    expect((await parse(Buffer.from(content), name)).text).toBe(text);
  });

  it('tells files that need a password, are old, or broken, and what to do', async () => {
    await failing(pdfOf([[['Secret']]], { encrypt: true }), 'ENCRYPTED_DOCUMENT', /password/);
    await failing(encryptedOfficeFile(), 'ENCRYPTED_DOCUMENT', /password/, 'plan.docx');
    const old = Buffer.alloc(2048);
    Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(old);
    await failing(old, 'UNREADABLE_DOCUMENT', /97-2003.*Save it again/, 'plan.doc');
    const docx = docxOf(['# Title', 'Text']);
    await failing(docx.subarray(0, docx.length / 2), 'UNREADABLE_DOCUMENT', /cut off/, 'a.docx');
    await failing(Buffer.from([0xff, 0xfe, 0, 1, 2]), 'UNREADABLE_DOCUMENT', /PDF/, 'a.pdf');
    await failing(Buffer.from('%PDF-1.7 and nothing else'), 'UNREADABLE_DOCUMENT', /PDF/);
    await failing(zipOf({ 'xl/workbook.xml': '<nothing/>' }), 'UNREADABLE_DOCUMENT', /workbook/);
    await failing(pdfOf([[]]), 'EMPTY_DOCUMENT', /OCR/);
  });

  it('refuses archives that unpack to too much, by what they declare and by what comes out', async () => {
    const large = Buffer.alloc(8_000_000, 'a');
    const bomb = docxOf(['x'], undefined, { 'word/extra.xml': large.toString() });
    await failing(bomb, 'DOCUMENT_LIMIT_EXCEEDED', /unpacks to more than 250 times/);
    const lying = withDeclaredSize(bomb, 'word/extra.xml', 1000);
    await failing(lying, 'UNREADABLE_DOCUMENT', /damaged/);
    const huge = withDeclaredSize(docxOf(['x']), 'word/document.xml', 3_000_000_000);
    await failing(huge, 'DOCUMENT_LIMIT_EXCEEDED', /unpacks/);
    const corner = `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>`;
    await failing(
      zipOf({ 'xl/workbook.xml': '<workbook/>', 'xl/worksheets/sheet1.xml': corner }),
      'DOCUMENT_LIMIT_EXCEEDED',
      /cells/,
    );
  });

  it('ends a document that wants too much memory, and reads the next one', async () => {
    const bomb = pdfWithStreams([Buffer.alloc(600_000_000, 'BT (a) Tj ET ')]);
    await expect(parse(bomb)).rejects.toMatchObject({
      code: expect.stringMatching(/^(DOCUMENT_LIMIT_EXCEEDED|EMPTY_DOCUMENT)$/),
    });
    const json = Buffer.from(`[${'{},'.repeat(8_000_000)}{}]`);
    await expect(parse(json, 'a.json')).rejects.toMatchObject({ code: 'DOCUMENT_LIMIT_EXCEEDED' });
    expect((await parse(docxOf(['Still here.']))).text).toBe('Still here.');
  });

  it('ends a document that takes too long, and reads the next one', async () => {
    const hasty = new ParserPool(AppConfig.parse({ PARSE_TIMEOUT_SECONDS: '1', PARSE_MEMORY_MB: '1024' }));
    try {
      const slow = xlsxOf({ S: Array.from({ length: 150_000 }, (_, i) => [`word ${i}`, i, i, i, i, i, i]) });
      await expect(parse(slow, '', hasty)).rejects.toMatchObject({
        code: 'DOCUMENT_LIMIT_EXCEEDED',
        message: expect.stringMatching(/1 seconds/),
      });
    } finally {
      await hasty.onApplicationShutdown();
    }
  });

  it('survives unlimited nesting', async () => {
    const deep = `${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}`;
    await expect(parse(Buffer.from(deep), 'a.json')).rejects.toMatchObject({
      code: expect.stringMatching(/^(DOCUMENT_LIMIT_EXCEEDED|UNREADABLE_DOCUMENT)$/),
    });
    const xml = '<w:p>'.repeat(300_000) + '</w:p>'.repeat(300_000);
    await expect(
      parse(zipOf({ 'word/document.xml': `<w:document>${xml}</w:document>`, '[Content_Types].xml': '<a/>' })),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^(DOCUMENT_LIMIT_EXCEEDED|UNREADABLE_DOCUMENT)$/),
    });
  });
});
