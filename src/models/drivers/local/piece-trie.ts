/** A vocabulary entry: the piece and its log-probability. The id of a piece is its place in the vocabulary. */
export type ScoredPiece = readonly [piece: string, score: number];

const CODE_UNITS = 0x10000;

/**
 * All word pieces as a prefix tree in flat arrays, walked one UTF-16 code unit at a time. Nodes are numbers, the
 * root is 0; `next` has a row per node and a column per symbol that occurs in any piece.
 */
export class PieceTrie {
  /** Column of each code unit; 0 for those that occur in no piece. */
  private readonly symbolOf = new Uint8Array(CODE_UNITS);
  /** `next[node * symbolCount + symbol]`: the child, or 0 if there is none. */
  readonly next: Uint16Array;
  readonly symbolCount: number;
  /** Id of the piece that ends at a node, or 0 if none does. */
  readonly pieceAt: Uint16Array;

  /**
   * @param vocabulary its first `reserved` entries are control pieces that no text matches
   * @throws RangeError for a vocabulary of more than 65,535 prefixes or 255 symbols
   */
  constructor(vocabulary: readonly ScoredPiece[], reserved: number) {
    const pieces = vocabulary.slice(reserved).map(([piece]) => piece);
    this.symbolCount = this.numberSymbols(pieces);
    const nodeCount = 1 + new Set(pieces.flatMap(prefixesOf)).size;
    if (nodeCount > CODE_UNITS) throw new RangeError(`${nodeCount} prefixes do not fit the trie`);
    this.next = new Uint16Array(nodeCount * this.symbolCount);
    this.pieceAt = new Uint16Array(nodeCount);
    let nodes = 1;
    pieces.forEach((piece, index) => {
      let node = 0;
      for (let i = 0; i < piece.length; i++) {
        const slot = node * this.symbolCount + this.symbolOf[piece.charCodeAt(i)];
        if (this.next[slot] === 0) this.next[slot] = nodes++;
        node = this.next[slot];
      }
      this.pieceAt[node] = reserved + index;
    });
  }

  /** Symbols of a text's code units, one byte each: what the trie is walked with. */
  symbolsOf(text: string): Uint8Array {
    // Through a buffer, because reading a concatenated string unit by unit can take quadratic time.
    const bytes = Buffer.from(text, 'utf16le');
    const codeUnits = new Uint16Array(bytes.buffer, bytes.byteOffset, text.length);
    const symbols = new Uint8Array(text.length);
    for (let i = 0; i < symbols.length; i++) symbols[i] = this.symbolOf[codeUnits[i]];
    return symbols;
  }

  private numberSymbols(pieces: readonly string[]): number {
    const codeUnits = new Set(pieces.flatMap((piece) => Array.from(piece, (symbol) => symbol.charCodeAt(0))));
    if (codeUnits.size > 255) throw new RangeError(`${codeUnits.size} symbols do not fit the trie`);
    let symbol = 0;
    for (const codeUnit of codeUnits) this.symbolOf[codeUnit] = ++symbol;
    return symbol + 1;
  }
}

function prefixesOf(piece: string): string[] {
  return Array.from(piece, (_, i) => piece.slice(0, i + 1));
}
