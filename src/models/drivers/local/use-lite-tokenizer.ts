import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScoredPiece } from './piece-trie';
import { UnigramTokenizer } from './unigram-tokenizer';
import { useLiteFolder } from './use-lite-weights';

/** The tokenizer with the 8,000 pieces of the Universal Sentence Encoder lite; takes about 30 ms and 8 MB. */
export function loadUseLiteTokenizer(folder = useLiteFolder()): UnigramTokenizer {
  const vocabulary = JSON.parse(readFileSync(join(folder, 'vocab.json'), 'utf8')) as ScoredPiece[];
  return new UnigramTokenizer(vocabulary);
}
