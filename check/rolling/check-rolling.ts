import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../../test/support/evergreen';
import { FakeOpenAiServer } from '../../test/support/fake-openai-server';
import { CHECKOUT, startRedis } from '../../test/support/services';
import { createTestDatabase } from '../../test/support/test-database';
import { buildEarlier } from './earlier-build';
import { RollingRun } from './rolling-run';

/** Shown by `--help` and after a wrong argument. */
export const USAGE = `npm run check:rolling -- [--from REVISION] [--json]

Replaces the build of an earlier commit by this one under load; fails if a request fails or a document is lost.`;

/**
 * `npm run check:rolling`: runs the build of an earlier commit (default `HEAD~1`) and replaces it by this one, process by process,
 * while questions are asked and documents sent.
 * @returns the exit code: 0 only if no request failed, no answer was wrong and no document was lost
 */
export async function checkRolling(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { from: { type: 'string', default: 'HEAD~1' }, json: { type: 'boolean', default: false } },
  });
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(`building ${values.from}`);
  const earlier = buildEarlier(values.from);
  const folder = temporaryFolder();
  const [model, database, cache, queue] = await Promise.all([
    FakeOpenAiServer.start(),
    createTestDatabase({ template: 'template0' }),
    startRedis({ role: 'cache' }),
    startRedis({ role: 'queue' }),
  ]);
  try {
    const env = {
      DATABASE_URL: database.url,
      REDIS_CACHE_URL: cache.url,
      REDIS_QUEUE_URL: queue.url,
      DATA_DIR: folder.path,
      AUTH: 'disabled',
      LOG_LEVEL: 'warn',
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'none',
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: 'word-hash',
      EMBEDDING_DIMENSIONS: '256',
      SWEEP_INTERVAL_SECONDS: '1',
      SHUTDOWN_DRAIN_SECONDS: '1',
    };
    const to = join(CHECKOUT, 'dist', 'src', 'main.js');
    const { failed, wrong, ...result } = await new RollingRun(env, earlier.main, to, say).run();
    for (const line of [...failed, ...wrong].slice(0, 20)) say(line);
    const summary = { from: earlier.commit, ...result, failed: failed.length, wrong: wrong.length };
    process.stdout.write(`${JSON.stringify(summary, null, values.json ? undefined : 2)}\n`);
    return failed.length + wrong.length + result.lost === 0 ? 0 : 1;
  } finally {
    await Promise.all([cache.destroy(), queue.destroy(), model.close()]);
    await database.drop();
    folder.remove();
    earlier.remove();
  }
}
