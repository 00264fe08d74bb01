import { PieceTrie, type ScoredPiece } from './piece-trie';

/** Stands for a space inside pieces; every piece that has it begins with it. */
const WORD_START = '\u2581';
/** Id of what no piece matches; neighbours merge into one. */
const UNKNOWN = 0;
/** Control pieces at the start of the vocabulary. */
const RESERVED_PIECES = 6;
/** Text is segmented in blocks of whole words of about this many code units. */
const BLOCK_LENGTH = 1024;
/** Words whose number of pieces is remembered. */
const MAX_REMEMBERED_WORDS = 200_000;
/** Longer substrings would keep the text that they were cut from in memory; V8 copies shorter ones. */
const MAX_REMEMBERED_LENGTH = 12;

/**
 * Canonical ordering takes quadratic time in the length of a run of combining marks, so longer runs than any
 * script needs are broken up by a combining grapheme joiner, as Unicode's Stream-Safe Text Format does.
 * The two half-width sound marks are no marks themselves but decompose to such.
 * @see https://unicode.org/reports/tr15/#Stream_Safe_Text_Format
 */
const LONG_MARK_RUN = /[\p{M}\uff9e\uff9f]{30}(?=[\p{M}\uff9e\uff9f])/gu;
const GRAPHEME_JOINER = '\u034f';

/** The best way to the end of each prefix of one block. */
interface Lattice {
  /** Log-probability of the best segmentation; 0 where none has been found. */
  best: Float64Array;
  /** Id of its last piece. */
  lastPiece: Uint16Array;
  /** Room for the pieces of the whole block. */
  pieces: Uint16Array;
}

/**
 * Cuts text into the word pieces of a unigram language model: of all segmentations the most probable one, found
 * by Viterbi's algorithm in time linear in the length of the text. Not reentrant, which synchronous code cannot
 * notice.
 * @see https://arxiv.org/abs/1804.10959
 */
export class UnigramTokenizer {
  private readonly trie: PieceTrie;
  private readonly wordStart: number;
  private readonly scores: Float64Array;
  private readonly lengths: Uint8Array;
  private readonly shared = newLattice(BLOCK_LENGTH + 1);
  /** Log-probability of all blocks of the text so far; the next block goes on from there. */
  private textScore = 0;
  /** Pieces of single words, each with the space before it. */
  private readonly counts = new Map<string, number>();

  /** @param vocabulary pieces with log-probabilities; entry 0 is the unknown piece */
  constructor(vocabulary: readonly ScoredPiece[]) {
    this.trie = new PieceTrie(vocabulary, RESERVED_PIECES);
    [this.wordStart] = this.trie.symbolsOf(WORD_START);
    this.scores = Float64Array.from(vocabulary, ([, score]) => score);
    this.lengths = Uint8Array.from(vocabulary, ([piece]) => piece.length);
  }

  /**
   * Ids of the text's first pieces, in order; none for the empty string.
   * @param maxPieces the rest of the text is not looked at
   */
  encode(text: string, maxPieces = Infinity): number[] {
    const ids: number[] = [];
    if (text.length === 0) return ids;
    this.segment(text, (reversed) => {
      for (let i = reversed.length - 1; i >= 0; i--) ids.push(reversed[i]);
      return ids.length < maxPieces;
    });
    return ids.slice(0, maxPieces);
  }

  /**
   * Number of pieces of the whole text, word by word with a memory. Where two segmentations of a word are equally
   * probable, rounding decides which one {@link encode} takes, by all that stands before: then the number can differ by
   * one, as in one of thirty pages of scientific English.
   */
  count(text: string): number {
    if (text.length === 0) return 0;
    let total = 0;
    for (let start = 0; start <= text.length;) {
      const space = text.indexOf(' ', start);
      const end = space < 0 ? text.length : space;
      total += this.countWord(text.slice(start, end));
      start = end + 1;
    }
    return total;
  }

  private countWord(word: string): number {
    const known = this.counts.get(word);
    if (known !== undefined) return known;
    let count = 0;
    this.segment(word, (reversed) => {
      count += reversed.length;
      return true;
    });
    if (word.length > MAX_REMEMBERED_LENGTH) return count;
    if (this.counts.size >= MAX_REMEMBERED_WORDS) this.counts.clear();
    this.counts.set(word, count);
    return count;
  }

  /** Segments block by block, which is exact since no piece reaches into the next word; stops at `false`. */
  private segment(text: string, onBlock: (reversed: Uint16Array) => boolean): void {
    const symbols = this.trie.symbolsOf(WORD_START + normalise(text).replaceAll(' ', WORD_START));
    this.textScore = 0;
    let start = 0;
    while (start < symbols.length) {
      const end = this.endOfBlock(symbols, start);
      if (!onBlock(this.segmentBlock(symbols.subarray(start, end)))) return;
      start = end;
    }
  }

  /** A block ends before a word: the last that still fits, or the first behind a word that is longer. */
  private endOfBlock(symbols: Uint8Array, start: number): number {
    if (symbols.length - start <= BLOCK_LENGTH) return symbols.length;
    const last = symbols.lastIndexOf(this.wordStart, start + BLOCK_LENGTH);
    if (last > start) return last;
    const next = symbols.indexOf(this.wordStart, start + BLOCK_LENGTH);
    return next < 0 ? symbols.length : next;
  }

  /** @returns the pieces from the block's end to its beginning, valid until the next call */
  private segmentBlock(block: Uint8Array): Uint16Array {
    // A word of megabytes gets a lattice of its own, which is not kept.
    const lattice = block.length <= BLOCK_LENGTH ? this.shared : newLattice(block.length + 1);
    this.fillLattice(lattice, block);
    this.textScore = lattice.best[block.length];
    return this.readBack(lattice, block.length);
  }

  private fillLattice({ best, lastPiece }: Lattice, block: Uint8Array): void {
    const { next, symbolCount, pieceAt } = this.trie;
    const length = block.length;
    best.fill(0, 0, length + 1);
    lastPiece.fill(UNKNOWN, 0, length + 1);
    best[0] = this.textScore;
    for (let from = 0; from < length; from++) {
      let matched = false;
      let node = 0;
      for (let to = from + 1; to <= length; to++) {
        node = next[node * symbolCount + block[to - 1]];
        if (node === 0) break;
        const piece = pieceAt[node];
        if (piece === 0) continue;
        matched = true;
        const score = this.scores[piece] + best[from];
        if (best[to] === 0 || score >= best[to]) {
          best[to] = score;
          lastPiece[to] = piece;
        }
      }
      // What no piece matches costs nothing, as in the model's own tokenizer, whose segmentation this must equal.
      if (!matched && (best[from + 1] === 0 || best[from] >= best[from + 1])) {
        best[from + 1] = best[from];
        lastPiece[from + 1] = UNKNOWN;
      }
    }
  }

  private readBack({ lastPiece, pieces }: Lattice, length: number): Uint16Array {
    let count = 0;
    let previous = -1;
    for (let at = length; at > 0;) {
      const piece = lastPiece[at];
      if (piece !== UNKNOWN || previous !== UNKNOWN) pieces[count++] = piece;
      previous = piece;
      at -= this.lengths[piece];
    }
    return pieces.subarray(0, count);
  }
}

function newLattice(size: number): Lattice {
  return { best: new Float64Array(size), lastPiece: new Uint16Array(size), pieces: new Uint16Array(size) };
}

function normalise(text: string): string {
  return text.replace(LONG_MARK_RUN, `$&${GRAPHEME_JOINER}`).normalize('NFKC');
}
