import fc from 'fast-check';
import { loadUseLiteTokenizer } from '../../src/models/drivers/local/use-lite-tokenizer';
import { hostileText } from './chunking-text';

describe('tokenizer of the local model', () => {
  const tokenizer = loadUseLiteTokenizer();

  it('counts, word by word, as many pieces as it makes of a text, but for words of two equally good ways', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const made = tokenizer.encode(text).length;
        expect(Math.abs(tokenizer.count(text) - made)).toBeLessThanOrEqual(made / 100 + 1);
      }),
      { numRuns: 500 },
    );
  });
});
