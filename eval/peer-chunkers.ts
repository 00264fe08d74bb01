import { RecursiveChunker } from '@chonkiejs/core';
import { RecursiveCharacterTextSplitter } from '@langchain/textsplitters';
import { SentenceSplitter } from '@llamaindex/core/node-parser';
import { countTokens, decode, encode } from 'gpt-tokenizer/encoding/cl100k_base';
import type { Chunk, TextRange } from '../src/chunking/chunk';
import { hardPieces } from '../src/chunking/hard-cut';
import { headingPathsOf } from '../src/chunking/block-scanner';
import { locatePieces } from '../src/chunking/locate-pieces';

/** What the service would embed of another one's chunk: as its own chunkers without windows do. */
const WINDOW_TOKENS = 128;
/** The separators of Chroma's study for "recursive" with sentences. */
const SENTENCE_SEPARATORS = ['\n\n', '\n', '.', '?', '!', ' ', ''];

type Split = (text: string) => Promise<TextRange[]>;

function langChain(chunkSize: number, chunkOverlap: number, separators?: string[]): Split {
  const options = { chunkSize, chunkOverlap, lengthFunction: countTokens };
  const splitter = new RecursiveCharacterTextSplitter(separators ? { ...options, separators } : options);
  return async (text) => located(text, await splitter.splitText(text));
}

function llamaIndex(chunkSize: number): Split {
  const tokenizer = {
    encode: (text: string) => Uint32Array.from(encode(text)),
    decode: (tokens: Uint32Array) => decode([...tokens]),
  };
  const splitter = new SentenceSplitter({ chunkSize, chunkOverlap: 0, tokenizer });
  return async (text) => located(text, splitter.splitText(text));
}

function chonkie(chunkSize: number): Split {
  const tokenizer = {
    countTokens: (text: string) => countTokens(text),
    encode: (text: string) => encode(text),
    decode: (tokens: number[]) => decode(tokens),
    decodeBatch: (batch: number[][]) => batch.map((tokens) => decode(tokens)),
  };
  return async (text) => {
    const chunker = await RecursiveChunker.create({ tokenizer, chunkSize });
    return located(
      text,
      (await chunker.chunk(text)).map((chunk) => chunk.text),
    );
  };
}

function located(text: string, pieces: string[]): TextRange[] {
  return [...locatePieces(text, { start: 0, end: text.length }, pieces)];
}

/** Chunkers of other projects by name, sizes and overlaps in tokens of cl100k. */
const PEERS = {
  'langchain-200-0': langChain(200, 0),
  'langchain-200-100': langChain(200, 100),
  'langchain-400-0': langChain(400, 0),
  'langchain-sentences-150-0': langChain(150, 0, SENTENCE_SEPARATORS),
  'llamaindex-sentences-200-0': llamaIndex(200),
  'chonkie-recursive-200': chonkie(200),
} as const satisfies Record<string, Split>;

export type PeerName = keyof typeof PEERS;

/** Every peer's name. */
export const PEER_NAMES = Object.keys(PEERS) as PeerName[];

/**
 * Cuts a text with a peer, to chunks as the service's own chunkers make them.
 * @param countModelTokens tokens of the embedding model
 */
export async function cutWithPeer(
  name: PeerName,
  text: string,
  countModelTokens: (text: string) => number,
): Promise<Chunk[]> {
  const headingPathOf = headingPathsOf(text);
  return (await PEERS[name](text)).map(({ start, end }, ordinal) => {
    const content = text.slice(start, end);
    return {
      ordinal,
      start,
      end,
      content,
      tokenCount: countModelTokens(content),
      headingPath: [...headingPathOf(start)],
      windows: hardPieces(text, { start, end }, WINDOW_TOKENS, countModelTokens),
    };
  });
}
