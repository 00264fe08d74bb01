import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from '../../scripts/reference-pages';

describe.each(Object.entries(referencePages()))('docs/%s', (name, expected) => {
  it('says what the code does (`npm run docs` writes it)', () => {
    expect(readFileSync(join(__dirname, '../../docs', name), 'utf8')).toBe(expected);
  });
});
