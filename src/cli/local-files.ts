import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';

/** Larger files are never sent. */
const MAX_FILE_BYTES = 268_435_456;
const ALWAYS_IGNORED = ['**/node_modules/**', '**/.git/**'];

/** A file that may be a document. */
export interface LocalFile {
  path: string;
  /** Its path relative to `--base`, with `/` on every system. */
  externalId: string;
}

/** Content of a file, or why it is not sent. */
export type FileContent =
  | { kind: 'text'; text: string; bytes: number; lastModified: Date }
  | { kind: 'binary'; content: Buffer; bytes: number; lastModified: Date }
  | { kind: 'skipped'; reason: string };

/**
 * Finds files of folders (recursively), of patterns such as `docs/**\/*.md`, and by name; without duplicates, sorted. Hidden files
 * and installed packages are ignored.
 * @param base folder that external ids are relative to
 * @throws Error that names an input without files
 */
export async function findFiles(
  inputs: readonly string[],
  options: { base: string; ignore: readonly string[] },
): Promise<LocalFile[]> {
  const found = new Set<string>();
  for (const input of inputs) {
    const files = await filesOf(input, options.ignore);
    if (files.length === 0) throw new Error(`${input}: no such file, or an empty folder`);
    for (const file of files) found.add(file);
  }
  return [...found].sort().map((file) => ({
    path: file,
    externalId: path.relative(options.base, file).split(path.sep).join('/'),
  }));
}

async function filesOf(input: string, ignore: readonly string[]): Promise<string[]> {
  const kind = await stat(input).catch(() => null);
  if (kind?.isFile()) return [path.resolve(input)];
  const isPattern = kind === null && isDynamicPattern(input);
  if (kind === null && !isPattern) return [];
  return glob(isPattern ? input.split(path.sep).join('/') : '**', {
    cwd: isPattern ? process.cwd() : path.resolve(input),
    ignore: [...ALWAYS_IGNORED, ...ignore],
    absolute: true,
    onlyFiles: true,
    followSymbolicLinks: false,
  });
}

/** SHA-256 of a file's bytes, hexadecimal; streams the file. */
export async function hashOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** Reads a file, unless it is empty, too large or not a document. */
export async function readContent(file: string): Promise<FileContent> {
  const { size, mtime: lastModified } = await stat(file);
  if (size > MAX_FILE_BYTES) return { kind: 'skipped', reason: `it is larger than ${MAX_FILE_BYTES} bytes` };
  const content = await readFile(file);
  if (isUtf8(content) && !content.includes(0)) {
    const text = content.toString('utf8');
    return /[^\s\p{C}]/u.test(text)
      ? { kind: 'text', text, bytes: content.length, lastModified }
      : { kind: 'skipped', reason: 'it contains no text' };
  }
  return isOfficeOrPdf(content) || /\.(?:pdf|docx|pptx|xlsx|xlsm)$/i.test(file)
    ? { kind: 'binary', content, bytes: content.length, lastModified }
    : { kind: 'skipped', reason: 'it is not a document' };
}

function isOfficeOrPdf(content: Buffer): boolean {
  const isArchive = content.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'));
  return (
    (isArchive && ['word/', 'ppt/', 'xl/'].some((folder) => content.includes(folder, 0, 'latin1'))) ||
    content.subarray(0, 1024).includes('%PDF-', 0, 'latin1')
  );
}
