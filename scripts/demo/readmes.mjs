/** The demo's documents: third-party text of the installed packages. */
import fs from 'node:fs';
import path from 'node:path';

/** Shorter files only link elsewhere. */
const MIN_BYTES = 2000;

/**
 * The README files of the direct dependencies, as documents for `POST /admin/ingest`.
 * @returns `{external_id, title, mime_type, content}`, sorted by external id, e.g. `fastify/README.md`
 */
export function readmes(checkout) {
  const { dependencies, devDependencies } = JSON.parse(
    fs.readFileSync(path.join(checkout, 'package.json'), 'utf8'),
  );
  return Object.keys({ ...dependencies, ...devDependencies })
    .sort()
    .flatMap((name) => {
      const folder = path.join(checkout, 'node_modules', name);
      const file = fs.readdirSync(folder).find((entry) => /^readme\.md$/i.test(entry));
      if (file === undefined) return [];
      const content = fs.readFileSync(path.join(folder, file), 'utf8');
      if (Buffer.byteLength(content) < MIN_BYTES) return [];
      return [{ external_id: `${name}/README.md`, title: name, mime_type: 'text/markdown', content }];
    });
}
