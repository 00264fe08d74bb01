import { zipSync } from 'fflate';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { AppError } from '../../common/app-error';
import { limitExceeded, unreadableDocument } from './parsed-document';

/** Entries of an archive; a large workbook has some hundred. */
const MAX_ENTRIES = 10_000;
/** Decompressed bytes of all parts that are read: as objects, XML takes far more memory. */
const MAX_UNPACKED_BYTES = 134_217_728;
/** Above this size, no part may decompress to more than `MAX_RATIO` times its compressed size; XML reaches about 50. */
const RATIO_FROM_BYTES = 4_194_304;
const MAX_RATIO = 250;

/** The text parts of an Office Open XML file, unpacked within limits. */
export class OfficePackage {
  private constructor(private readonly parts: ReadonlyMap<string, Buffer>) {}

  /**
   * Reads every XML part; pictures, fonts and embedded files stay compressed. Both the declared and the actual sizes must be
   * within the limits.
   * @throws AppError `UNREADABLE_DOCUMENT`, `ENCRYPTED_DOCUMENT`, `DOCUMENT_LIMIT_EXCEEDED`
   */
  static async open(raw: Uint8Array): Promise<OfficePackage> {
    const parts = new Map<string, Buffer>();
    let unpacked = 0;
    try {
      // `eachEntry` reads one after the other; a size that differs from the declared one is an error.
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
        : unreadableDocument('The file is cut off or damaged: it is not a complete ZIP archive.', error);
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

  /** @throws AppError `UNREADABLE_DOCUMENT` for a file without this part, which its format requires */
  require(name: string): string {
    const text = this.read(name);
    if (text === null) throw unreadableDocument(`The file lacks its part ${name}.`);
    return text;
  }

  /** The file with nothing but its checked XML parts, for libraries that read archives themselves. */
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

/** Fails as soon as the entry exceeds its declared size. */
async function unpackedEntry(archive: ZipFile, entry: Entry): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of await archive.openReadStreamPromise(entry)) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
