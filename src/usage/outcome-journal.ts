import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { newId } from '../common/ids';
import type { CallOutcome } from './usage-ledger';

/** A journal longer than this is truncated as soon as all of it is in the usage ledger. */
const MAX_BYTES = 1_048_576;
/** Journals of other processes are read, and left for so long: one may still be written. */
const KEEP_MS = 86_400_000;

/**
 * Outcomes of calls in a file of this process, written before they are sent to Postgres: what a process knew is not lost
 * if it is killed in between, or while Postgres is unavailable. The write is synchronous, for some 20 µs, and needs no fsync:
 * the pages outlive the process. The next process that starts on the folder writes the outcomes to the ledger.
 */
export class OutcomeJournal {
  /** Opened by the first outcome: most processes ask no model. */
  private file: number | null = null;
  private bytes = 0;

  constructor(private readonly folder: string) {}

  /** @throws what the file system throws */
  write(outcome: CallOutcome): void {
    if (this.file === null) {
      mkdirSync(this.folder, { recursive: true });
      this.file = openSync(join(this.folder, `${newId()}.jsonl`), 'a');
    }
    this.bytes += writeSync(this.file, `${JSON.stringify(outcome)}\n`);
  }

  /** To be called when all that was written is in the ledger. */
  settled(): void {
    if (this.file === null || this.bytes <= MAX_BYTES) return;
    ftruncateSync(this.file, 0);
    this.bytes = 0;
  }

  /** Gives each outcome in the folder to `record`, which must be idempotent. @throws what `record` throws */
  async replay(nowMs: number, record: (outcome: CallOutcome) => Promise<void>): Promise<void> {
    if (!existsSync(this.folder)) return;
    for (const name of readdirSync(this.folder).filter((file) => file.endsWith('.jsonl'))) {
      const path = join(this.folder, name);
      for (const outcome of outcomesOf(readFileSync(path, 'utf8'))) await record(outcome);
      if (nowMs - statSync(path).mtimeMs > KEEP_MS) unlinkSync(path);
    }
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }
}

/** The last line may be cut off. */
function outcomesOf(text: string): CallOutcome[] {
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as CallOutcome];
      } catch {
        return [];
      }
    });
}
