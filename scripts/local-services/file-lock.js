/** A lock between processes that the kernel releases when its holder dies, however it dies. */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');

/**
 * Runs `action` while holding an exclusive lock on `file`, waiting for other holders first.
 *
 * `flock` locks the file descriptor that it inherits and exits; the lock stays with the open file of this process. Without
 * `flock` (macOS) there is no lock, because no Debian root is built there.
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
