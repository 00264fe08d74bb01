import { deflateSync } from 'node:zlib';
import { zipSync } from 'fflate';

const TYPES = 'http://schemas.openxmlformats.org/package/2006/content-types';
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const FORMAT = 'application/vnd.openxmlformats-officedocument';

/** An archive of texts. */
export function zipOf(files: Record<string, string | Uint8Array>): Buffer {
  const entries = Object.entries(files).map(([name, content]) => [
    name,
    typeof content === 'string' ? Buffer.from(content) : content,
  ]);
  return Buffer.from(zipSync(Object.fromEntries(entries) as Record<string, Uint8Array>));
}

/** Changes the unpacked size that an archive declares of an entry, in both of its headers. */
export function withDeclaredSize(zip: Buffer, name: string, size: number): Buffer {
  const changed = Buffer.from(zip);
  for (let at = changed.indexOf(name); at >= 0; at = changed.indexOf(name, at + 1)) {
    if (changed.readUInt32LE(Math.max(0, at - 30)) === 0x04034b50) changed.writeUInt32LE(size, at - 30 + 22);
    else if (changed.readUInt32LE(Math.max(0, at - 46)) === 0x02014b50)
      changed.writeUInt32LE(size, at - 46 + 24);
  }
  return changed;
}

const escape = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const relations = (list: readonly [id: string, type: string, target: string][]) =>
  `<Relationships xmlns="${RELATIONS}">${list
    .map(([id, type, target]) => `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`)
    .join('')}</Relationships>`;
const types = (overrides: Record<string, string>) =>
  `<Types xmlns="${TYPES}"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>${Object.entries(
    overrides,
  )
    .map(([part, type]) => `<Override PartName="/${part}" ContentType="${FORMAT}.${type}"/>`)
    .join('')}</Types>`;

/** A Word document of headings (`# `, `## `) and paragraphs, with an optional title in its properties. */
export function docxOf(lines: readonly string[], title?: string, extra: Record<string, string> = {}): Buffer {
  const body = lines.map((line) => {
    const level = /^#+ /.exec(line)?.[0].trim().length ?? 0;
    const style = level > 0 ? `<w:pPr><w:pStyle w:val="Heading${level}"/></w:pPr>` : '';
    return `<w:p>${style}<w:r><w:t xml:space="preserve">${escape(line.replace(/^#+ /, ''))}</w:t></w:r></w:p>`;
  });
  const styles = [1, 2, 3].map(
    (n) => `<w:style w:type="paragraph" w:styleId="Heading${n}"><w:name w:val="heading ${n}"/></w:style>`,
  );
  const word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
  return zipOf({
    '[Content_Types].xml': types({ 'word/document.xml': 'wordprocessingml.document.main+xml' }),
    '_rels/.rels': relations([['rId1', 'officeDocument', 'word/document.xml']]),
    'word/_rels/document.xml.rels': relations([['rId1', 'styles', 'styles.xml']]),
    'word/styles.xml': `<w:styles ${word}>${styles.join('')}</w:styles>`,
    'word/document.xml': `<w:document ${word}><w:body>${body.join('')}</w:body></w:document>`,
    ...(title !== undefined && {
      'docProps/core.xml': `<cp:coreProperties xmlns:cp="x" xmlns:dc="y"><dc:title>${escape(title)}</dc:title></cp:coreProperties>`,
    }),
    ...extra,
  });
}

/** A presentation; of each slide its title, its points and what its speaker says. */
export function pptxOf(slides: readonly { title: string; points: string[]; notes?: string }[]): Buffer {
  const shape = (type: string, paragraphs: readonly string[]) =>
    `<p:sp><p:nvSpPr><p:nvPr><p:ph type="${type}"/></p:nvPr></p:nvSpPr><p:txBody>${paragraphs
      .map((text) => `<a:p><a:r><a:t>${escape(text)}</a:t></a:r></a:p>`)
      .join('')}</p:txBody></p:sp>`;
  const files: Record<string, string> = {
    '[Content_Types].xml': types({ 'ppt/presentation.xml': 'presentationml.presentation.main+xml' }),
    '_rels/.rels': relations([['rId1', 'officeDocument', 'ppt/presentation.xml']]),
    'ppt/presentation.xml': `<p:presentation><p:sldIdLst>${slides
      .map((_, i) => `<p:sldId id="${256 + i}" r:id="rId${i + 1}"/>`)
      .join('')}</p:sldIdLst></p:presentation>`,
    // The order of the files is not the order of the slides.
    'ppt/_rels/presentation.xml.rels': relations(
      slides.map((_, i) => [`rId${i + 1}`, 'slide', `slides/slide${slides.length - i}.xml`]),
    ),
  };
  slides.forEach(({ title, points, notes }, i) => {
    const n = slides.length - i;
    files[`ppt/slides/slide${n}.xml`] =
      `<p:sld>${shape('title', [title])}${shape('body', points)}${shape('sldNum', [String(i + 1)])}</p:sld>`;
    if (notes === undefined) return;
    files[`ppt/slides/_rels/slide${n}.xml.rels`] = relations([
      ['rId1', 'notesSlide', `../notesSlides/notesSlide${n}.xml`],
    ]);
    files[`ppt/notesSlides/notesSlide${n}.xml`] = `<p:notes>${shape('body', [notes])}</p:notes>`;
  });
  return zipOf(files);
}

/** A workbook of sheets, each a list of rows. */
export function xlsxOf(sheets: Record<string, readonly (readonly (string | number)[])[]>): Buffer {
  const names = Object.keys(sheets);
  const cell = (value: string | number, row: number, column: number) => {
    const at = `r="${String.fromCharCode(65 + column)}${row + 1}"`;
    return typeof value === 'number'
      ? `<c ${at}><v>${value}</v></c>`
      : `<c ${at} t="inlineStr"><is><t>${escape(value)}</t></is></c>`;
  };
  const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  return zipOf({
    '[Content_Types].xml': types({
      'xl/workbook.xml': 'spreadsheetml.sheet.main+xml',
      ...Object.fromEntries(
        names.map((_, i) => [`xl/worksheets/sheet${i + 1}.xml`, 'spreadsheetml.worksheet+xml']),
      ),
    }),
    '_rels/.rels': relations([['rId1', 'officeDocument', 'xl/workbook.xml']]),
    'xl/_rels/workbook.xml.rels': relations(
      names.map((_, i) => [`rId${i + 1}`, 'worksheet', `worksheets/sheet${i + 1}.xml`]),
    ),
    'xl/workbook.xml': `<workbook ${main} xmlns:r="${OFFICE}"><sheets>${names
      .map((name, i) => `<sheet name="${escape(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`)
      .join('')}</sheets></workbook>`,
    ...Object.fromEntries(
      names.map((name, i) => [
        `xl/worksheets/sheet${i + 1}.xml`,
        `<worksheet ${main}><sheetData>${sheets[name]
          .map((row, r) => `<row r="${r + 1}">${row.map((value, c) => cell(value, r, c)).join('')}</row>`)
          .join('')}</sheetData></worksheet>`,
      ]),
    ),
  });
}

/** A line of a PDF page: its text and the size of its letters. */
export type PdfTextLine = readonly [text: string, size?: number];

/** A PDF of pages of lines in Helvetica. @param options.encrypt adds an encryption that no empty password opens */
export function pdfOf(
  pages: readonly (readonly PdfTextLine[])[],
  options: { title?: string; encrypt?: boolean } = {},
): Buffer {
  const contents = pages.map((lines) => {
    let y = 760;
    const drawn = lines.map(([text, size = 12]) => {
      y -= size * 1.3;
      return `BT /F1 ${size} Tf 72 ${y.toFixed(1)} Td (${text.replace(/[\\()]/g, '\\$&')}) Tj ET`;
    });
    return Buffer.from(drawn.join('\n'), 'latin1');
  });
  return pdfWithStreams(contents, options);
}

/** A PDF of which each stream is the packed content of a page. */
export function pdfWithStreams(
  contents: readonly Buffer[],
  { title, encrypt = false }: { title?: string; encrypt?: boolean } = {},
): Buffer {
  const pageIds = contents.map((_, i) => 4 + 2 * i);
  const objects: Buffer[] = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from(
      `<< /Type /Pages /Kids [${pageIds.map((id) => `${id} 0 R`).join(' ')}] /Count ${contents.length} >>`,
    ),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
  ];
  for (const [i, content] of contents.entries()) {
    const packed = deflateSync(content);
    objects.push(
      Buffer.from(
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${pageIds[i] + 1} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      ),
      Buffer.concat([
        Buffer.from(`<< /Length ${packed.length} /Filter /FlateDecode >>\nstream\n`),
        packed,
        Buffer.from('\nendstream'),
      ]),
    );
  }
  const info =
    title === undefined ? '' : ` /Info ${objects.push(Buffer.from(`<< /Title (${title}) >>`))} 0 R`;
  const key = '00'.repeat(32);
  const encryption = encrypt
    ? ` /Encrypt << /Filter /Standard /V 1 /R 2 /O <${key}> /U <${key}> /P -4 >> /ID [<${key}> <${key}>]`
    : '';
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n%\xe2\xe3\n', 'latin1')];
  const offsets: number[] = [];
  let length = parts[0].length;
  objects.forEach((object, i) => {
    const part = Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    offsets.push(length);
    length += part.length;
    parts.push(part);
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R${info}${encryption} >>\nstartxref\n${length}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/** What a protected Office file looks like from outside: an OLE storage with a packet of that name. */
export function encryptedOfficeFile(): Buffer {
  const file = Buffer.alloc(4096);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(file);
  Buffer.from('EncryptedPackage', 'utf16le').copy(file, 1024);
  return file;
}
