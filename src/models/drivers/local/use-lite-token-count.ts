import type { UnigramTokenizer } from './unigram-tokenizer';
import { foldWhiteSpace, loadUseLiteTokenizer } from './use-lite-tokenizer';

let tokenizer: UnigramTokenizer | undefined;

/** Word pieces that the Universal Sentence Encoder lite makes of a text. The first call loads its vocabulary. */
export default function countUseLiteTokens(text: string): number {
  tokenizer ??= loadUseLiteTokenizer();
  return tokenizer.count(foldWhiteSpace(text));
}
