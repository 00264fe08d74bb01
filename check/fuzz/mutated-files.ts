import {
  docxOf,
  encryptedOfficeFile,
  pdfOf,
  pptxOf,
  withDeclaredSize,
  xlsxOf,
  zipOf,
} from '../../test/support/document-files';
import type { Chance } from './hostile-values';

/** An uploaded file. */
export interface UploadedFile {
  name: string;
  bytes: Buffer;
}

const SENTENCE = 'Customers may return an item within thirty days of delivery. ';
const MAX_SPLICES = 12;
const MAX_BYTES = 300_000;

/** One file of every format that the service reads. */
const SEEDS: readonly (() => UploadedFile)[] = [
  () => ({
    name: 'a.md',
    bytes: Buffer.from(`# Returns\n\n${SENTENCE.repeat(20)}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n`),
  }),
  () => ({ name: 'a.txt', bytes: Buffer.from(SENTENCE.repeat(30)) }),
  () => ({
    name: 'a.html',
    bytes: Buffer.from(
      `<html><title>Returns</title><body><h1>Returns</h1><p>${SENTENCE.repeat(9)}</p></body></html>`,
    ),
  }),
  () => ({ name: 'a.csv', bytes: Buffer.from(`name;days\n"return";30\n"${SENTENCE}";""\n`.repeat(9)) }),
  () => ({ name: 'a.json', bytes: Buffer.from(JSON.stringify({ returns: [SENTENCE, { days: 30 }] })) }),
  () => ({ name: 'a.ndjson', bytes: Buffer.from(`{"days": 30}\n{"text": "${SENTENCE}"}\n`.repeat(5)) }),
  () => ({
    name: 'a.pdf',
    bytes: pdfOf([[['Returns', 20], [SENTENCE]], [[SENTENCE]]], { title: 'Returns' }),
  }),
  () => ({ name: 'locked.pdf', bytes: pdfOf([[[SENTENCE]]], { encrypt: true }) }),
  () => ({ name: 'a.docx', bytes: docxOf(['# Returns', SENTENCE.repeat(5)], 'Returns') }),
  () => ({ name: 'a.pptx', bytes: pptxOf([{ title: 'Returns', points: [SENTENCE], notes: SENTENCE }]) }),
  () => ({
    name: 'a.xlsx',
    bytes: xlsxOf({
      Returns: [
        ['name', 'days'],
        ['return', 30],
        [SENTENCE, 1e300],
      ],
    }),
  }),
  () => ({ name: 'locked.docx', bytes: encryptedOfficeFile() }),
  () => ({
    name: 'bomb.docx',
    bytes: withDeclaredSize(
      zipOf({ '[Content_Types].xml': '<Types/>', 'word/document.xml': 'x'.repeat(5_000_000) }),
      'word/document.xml',
      10,
    ),
  }),
];
/** Mutations of a piece of a file. */
const SPLICES: readonly Buffer[] = [
  Buffer.alloc(1),
  Buffer.alloc(64, 0xff),
  Buffer.from('\ufeff'),
  Buffer.from([0xff, 0xfe]),
  Buffer.from('<'.repeat(2000)),
  Buffer.from('['.repeat(2000)),
  Buffer.from('"'.repeat(300)),
  Buffer.from('%PDF-1.7'),
  Buffer.from('PK\u0003\u0004'),
  Buffer.from('\n#'.repeat(500)),
  Buffer.from('<!ENTITY a "&a;&a;">'),
  Buffer.from('/Length 99999999'),
];

/** A file of a random format, possibly damaged in random places; its name may be that of another format. */
export function mutatedFile(chance: Chance, hostileName: () => string): UploadedFile {
  const { name, bytes } = chance.of(SEEDS)();
  let file = bytes;
  for (let splices = chance.is(0.2) ? 0 : 1 + chance.int(MAX_SPLICES); splices > 0; splices--)
    file = splice(file, chance);
  const named = chance.is(0.75) ? name : chance.is(0.5) ? chance.of(SEEDS)().name : hostileName();
  return {
    name: chance.is(0.5) ? `${chance.int(1000)}-${named}` : named,
    bytes: file.subarray(0, MAX_BYTES),
  };
}

function splice(file: Buffer, chance: Chance): Buffer {
  const at = chance.int(file.length + 1);
  const length = chance.is(0.5) ? chance.int(8) : chance.int(file.length - at + 1);
  const kind = chance.int(5);
  const [before, cut, after] = [
    file.subarray(0, at),
    file.subarray(at, at + length),
    file.subarray(at + length),
  ];
  if (kind === 0) return Buffer.concat([before, after]);
  if (kind === 1) return Buffer.concat([before, cut, cut, after]);
  if (kind === 2) return before;
  if (kind === 3) return Buffer.concat([before, chance.of(SPLICES), after]);
  const changed = Buffer.from(file);
  for (let i = 0; i < 8 && changed.length > 0; i++) changed[chance.int(changed.length)] ^= 1 << chance.int(8);
  return changed;
}
