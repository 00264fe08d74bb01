/** A lock between processes that the kernel releases when its holder dies, however it dies. */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');

/**
 * Runs `action` while holding an exclusive lock on `file`, waiting for other holders first.
 *
 * `flock` locks the open file it is handed and exits; the lock belongs to that open file, which stays ours. Where
 * there is no `flock` (macOS), nothing is built that two processes could build at once, and the lock is left out.
 * @throws Error if another process holds the lock for more than `timeoutSeconds`
 */
async function withLock(file, action, timeoutSeconds = 900) {
  const fd = fs.openSync(file, 'a');
  try {
    const result = spawnSync('flock', ['-w', String(timeoutSeconds), '3'], {
      stdio: ['ignore', 'ignore', 'ignore', fd],
    });
    if (!result.error && result.status !== 0) {
      throw new Error(`another process has held ${file} for ${timeoutSeconds} s`);
    }
    return await action();
  } finally {
    fs.closeSync(fd);
  }
}

module.exports = { withLock };
