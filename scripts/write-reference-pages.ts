import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from './reference-pages';

/** `npm run docs`: writes the pages that are generated from the code. */
for (const [name, text] of Object.entries(referencePages())) {
  writeFileSync(join(__dirname, '..', 'docs', name), text);
  process.stdout.write(`docs/${name}\n`);
}
