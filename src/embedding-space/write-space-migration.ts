import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spaceMigration } from './space-migration';

const USAGE = 'npm run migration:space -- --model NAME --dimensions N [--folder FOLDER]';

/** `npm run migration:space`: writes the migration of a new embedding space. */
function main(): void {
  const { values } = parseArgs({
    options: { model: { type: 'string' }, dimensions: { type: 'string' }, folder: { type: 'string' } },
  });
  const dimensions = Number(values.dimensions);
  if (!values.model || !Number.isInteger(dimensions) || dimensions < 1) throw new Error(`usage: ${USAGE}`);
  const { name, text } = spaceMigration(values.model, dimensions, Date.now());
  const folder = values.folder ?? join(__dirname, '../../migrations');
  writeFileSync(join(folder, name), text, { flag: 'wx' });
  process.stdout.write(
    `${join(folder, name)}\nnext: npm run migration:run, then POST /admin/embedding-spaces\n`,
  );
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
