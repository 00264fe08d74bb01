import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/support/evergreen';
import { CHECKOUT } from '../../test/support/services';

/** The service of an earlier commit. */
export interface EarlierBuild {
  commit: string;
  /** Path of its `main.js`. */
  main: string;
  remove(): void;
}

/**
 * Builds the service of a commit in a separate folder, with the packages that are installed here.
 * @param revision as git names it, e.g. `HEAD~1`
 * @throws Error if the commit does not exist (a shallow clone has only the last one), or its build fails
 */
export function buildEarlier(revision: string): EarlierBuild {
  const folder = temporaryFolder();
  const checkout = join(folder.path, 'checkout');
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: CHECKOUT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  const remove = () => {
    git('worktree', 'remove', '--force', checkout);
    folder.remove();
  };
  const commit = git('rev-parse', '--short', `${revision}^{commit}`);
  git('worktree', 'add', '--detach', checkout, commit);
  try {
    symlinkSync(join(CHECKOUT, 'node_modules'), join(checkout, 'node_modules'));
    const nest = join(CHECKOUT, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
    execFileSync(process.execPath, [nest, 'build'], {
      cwd: checkout,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch (error) {
    remove();
    throw error;
  }
  return { commit, main: join(checkout, 'dist', 'src', 'main.js'), remove };
}
