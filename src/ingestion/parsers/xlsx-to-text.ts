import { OfficePackage } from './office-package';
import { coreTitle } from './document-title';
import { PageJoiner } from './page-joiner';
import { limitExceeded, type ParsedDocument, toLabel, unreadableDocument } from './parsed-document';
import { recordLines, type Row } from './records-to-text';

/** Cells of the area up to a sheet's last cell; empty ones take memory too. */
const MAX_CELLS = 4_000_000;
/** Columns that Excel allows. */
const MAX_COLUMNS = 16_384;
const CELL = /<(?:\w+:)?c\s([^>]*)/g;
const REFERENCE = /\br\s*=\s*["']([A-Za-z]{1,4})(\d{1,8})["']/g;

/**
 * A workbook: each sheet is a page under a heading, each row a line that names its columns.
 * @throws AppError `UNREADABLE_DOCUMENT`, `ENCRYPTED_DOCUMENT`, `DOCUMENT_LIMIT_EXCEEDED`
 */
export async function xlsxToText(raw: Uint8Array): Promise<ParsedDocument> {
  const office = await OfficePackage.open(raw);
  office.require('xl/workbook.xml');
  for (const name of office.names) if (/^xl\/worksheets\//.test(name)) checkArea(office.require(name));
  const joiner = new PageJoiner();
  for (const { sheet, data } of await sheetsOf(office)) {
    const lines = [...recordLines(rowsOf(data))];
    if (lines.length > 0) joiner.add(sheet, `## ${toLabel(sheet)}\n\n${lines.join('\n')}`);
  }
  return { text: joiner.text, title: coreTitle(office), pages: joiner.pages };
}

async function sheetsOf(office: OfficePackage): Promise<{ sheet: string; data: readonly unknown[][] }[]> {
  const { default: readXlsxFile } = await import('read-excel-file/universal');
  try {
    return await readXlsxFile(office.repacked().buffer);
  } catch (error) {
    throw unreadableDocument('The workbook is damaged.', error);
  }
}

/** Rows and columns are filled up to the last cell: one in the far corner would cost 17 billion. */
function checkArea(sheet: string): void {
  let columns = 0;
  let rows = 0;
  for (const [, attributes] of sheet.matchAll(CELL))
    for (const [, letters, digits] of attributes.matchAll(REFERENCE)) {
      columns = Math.max(columns, columnNumber(letters));
      rows = Math.max(rows, Number(digits));
    }
  if (columns > MAX_COLUMNS || columns * rows > MAX_CELLS)
    throw limitExceeded(`A sheet of the workbook spans more than ${MAX_CELLS} cells.`);
}

function columnNumber(letters: string): number {
  return [...letters.toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

function* rowsOf(data: readonly unknown[][]): Generator<Row> {
  for (const row of data) yield row.map(cellText);
}

function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (!(value instanceof Date)) return String(value);
  if (Number.isNaN(value.getTime())) return null;
  const iso = value.toISOString();
  // Excel keeps days as moments at midnight.
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}
