import fc from 'fast-check';
import { checkCitations, CitationFilter } from '../../src/generation/citations';

/** Texts full of what looks like a citation. */
const cuttings = fc.array(
  fc.oneof(
    fc.constantFrom(
      '[1]',
      '[2]',
      '[9]',
      '[1, 9]',
      '[',
      ']',
      '(',
      ')',
      ',',
      '.',
      ' ',
      '  ',
      '\n',
      'word',
      '12',
      '[7](url)',
      '[[9]7]',
      '[[9]',
      '[9][[8]',
    ),
    fc.string({ maxLength: 4 }),
  ),
  { maxLength: 40 },
);
const UNKNOWN = /\[(?:\d+\s*,\s*)*(?:[03-9]|\d{2,})(?:\s*,\s*\d+)*\](?!\()/;

describe('citations of a reply that comes in pieces', () => {
  it('are those of the whole reply, however it is cut', () => {
    fc.assert(
      fc.property(cuttings, (pieces) => {
        const filter = new CitationFilter(2);
        const said = [...pieces.map((piece) => filter.push(piece)), filter.end()].join('');
        expect(filter.checked).toEqual(checkCitations(pieces.join(''), 2));
        expect(said).toBe(filter.checked.text);
      }),
      { numRuns: 2000 },
    );
  });

  it('are never of a passage that was not shown, at any moment', () => {
    fc.assert(
      fc.property(cuttings, (pieces) => {
        const filter = new CitationFilter(2);
        let said = '';
        for (const piece of pieces) {
          said += filter.push(piece);
          // What follows may still make a link of it.
          expect(said).not.toMatch(new RegExp(`${UNKNOWN.source}(?!$)`));
        }
        said += filter.end();
        expect(said).not.toMatch(UNKNOWN);
      }),
      { numRuns: 2000 },
    );
  });
});
