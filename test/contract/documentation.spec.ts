import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const CHECKOUT = join(__dirname, '../..');
const PAGES = ['.', 'docs', 'docs/decisions'].flatMap((folder) =>
  readdirSync(join(CHECKOUT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const { scripts } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

const textOf = (page: string) => readFileSync(join(CHECKOUT, page), 'utf8');
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]);

/** The anchors that a Markdown renderer makes of the headings of a page. */
function anchorsOf(page: string): string[] {
  return matches(textOf(page), /^#{1,6} (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(PAGES)('%s', (page) => {
  it('links to files and headings that exist', () => {
    const links = matches(textOf(page), /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));
    const broken = links.filter((link) => {
      const [file, anchor] = link.split('#');
      const target = file === '' ? page : join(dirname(page), file);
      if (!existsSync(join(CHECKOUT, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const unknown = matches(textOf(page), /npm run ([\w:-]+)/g).filter((name) => !(name in scripts));
    expect(unknown).toEqual([]);
  });

  it('names source files that exist', () => {
    const paths = matches(textOf(page), /`((?:src|test|scripts|check|bench|eval|helm|docker)\/[\w./-]+)`/g);
    const missing = paths.filter((path) => !existsSync(join(CHECKOUT, path)));
    expect(missing.filter((path) => !isTestPrefix(path))).toEqual([]);
  });
});

/** `npx jest … test/e2e/oidc` takes the beginning of a path. */
function isTestPrefix(path: string): boolean {
  if (!path.startsWith('test/')) return false;
  const folder = join(CHECKOUT, dirname(path));
  return (
    existsSync(folder) && readdirSync(folder).some((name) => join(dirname(path), name).startsWith(`${path}.`))
  );
}
