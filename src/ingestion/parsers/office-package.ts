import { zipSync } from 'fflate';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { AppError } from '../../common/app-error';
import { limitExceeded, unreadableDocument } from './parsed-document';

/** Entries of an archive; a large workbook has some hundred. */
const MAX_ENTRIES = 10_000;
/** Unpacked bytes of all parts that are read: XML that would take far more memory as objects. */
const MAX_UNPACKED_BYTES = 134_217_728;
/** Above this size, no part may unpack to more than so many times its packed size; XML reaches about 50. */
const RATIO_FROM_BYTES = 4_194_304;
const MAX_RATIO = 250;

/** The text parts of an Office Open XML file, unpacked within limits. */
export class OfficePackage {
  private constructor(private readonly parts: ReadonlyMap<string, Buffer>) {}

  /**
   * Reads every XML part; pictures, fonts and embedded files stay packed. Neither the sizes that the archive declares
   * nor those that come out may exceed the limits.
   * @throws AppError `UNREADABLE_DOCUMENT`, `ENCRYPTED_DOCUMENT`, `DOCUMENT_LIMIT_EXCEEDED`
   */
  static async open(raw: Uint8Array): Promise<OfficePackage> {
    const parts = new Map<string, Buffer>();
    let unpacked = 0;
    try {
      // `eachEntry` asks for one after the other, and sizes that are not as declared are an error.
      const archive = await fromBufferPromise(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), {
        lazyEntries: true,
        validateEntrySizes: true,
      });
      if (archive.entryCount > MAX_ENTRIES)
        throw limitExceeded(`The file holds more than ${MAX_ENTRIES} parts.`);
      for await (const entry of archive.eachEntry()) {
        if (!/\.(?:xml|rels)$/i.test(entry.fileName)) continue;
        unpacked += entry.uncompressedSize;
        checkSizes(entry, unpacked);
        parts.set(entry.fileName, await unpackedEntry(archive, entry));
      }
    } catch (error) {
      throw error instanceof AppError
        ? error
        : unreadableDocument('The file is cut off or damaged: it is no whole ZIP archive.', error);
    }
    return new OfficePackage(parts);
  }

  /** Names of all parts that were read. */
  get names(): Iterable<string> {
    return this.parts.keys();
  }

  /** The text of a part; null if the file has none of this name. */
  read(name: string): string | null {
    return this.parts.get(name.replace(/^\//, ''))?.toString('utf8') ?? null;
  }

  /** @throws AppError `UNREADABLE_DOCUMENT` for a file that lacks the part that makes it what it is */
  require(name: string): string {
    const text = this.read(name);
    if (text === null) throw unreadableDocument(`The file lacks its part ${name}.`);
    return text;
  }

  /** The same file of its XML parts alone, for libraries that read archives themselves: nothing in it can surprise. */
  repacked(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(zipSync(Object.fromEntries(this.parts), { level: 0 }));
  }
}

function checkSizes(entry: Entry, unpacked: number): void {
  if (entry.isEncrypted())
    throw new AppError(
      'ENCRYPTED_DOCUMENT',
      'The file is protected by a password. Send it without password.',
    );
  const { uncompressedSize, compressedSize } = entry;
  const isBomb = uncompressedSize > RATIO_FROM_BYTES && uncompressedSize > compressedSize * MAX_RATIO;
  if (unpacked > MAX_UNPACKED_BYTES || isBomb)
    throw limitExceeded(
      isBomb
        ? `A part of the file unpacks to more than ${MAX_RATIO} times its size.`
        : `The file unpacks to more than ${MAX_UNPACKED_BYTES} bytes.`,
    );
}

/** Fails as soon as more comes out than declared. */
async function unpackedEntry(archive: ZipFile, entry: Entry): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of await archive.openReadStreamPromise(entry)) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
