/** Finds the processes of a server's folder in Linux' `/proc`, instead of a pid file that could be stale. */
const fs = require('node:fs');

/** State, parent and start time (in clock ticks since boot) of a process, or undefined if it has ended. */
function processStat(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name is in parentheses and may contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], parent: Number(fields[1]), startTicks: fields[19] };
  } catch {
    return undefined;
  }
}

/** Identifies one process until reboot; a pid alone may be reused. */
function identityOf(pid) {
  return `${pid}-${processStat(pid)?.startTicks ?? 'gone'}`;
}

/** Whether a process has this pid: an approximation on systems without `/proc`. */
function isKnown(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Whether the process of {@link identityOf} still runs. */
function isRunning(identity) {
  const [pid, startTicks] = identity.split('-');
  if (process.platform !== 'linux') return isKnown(Number(pid));
  const stat = processStat(Number(pid));
  return stat !== undefined && stat.state !== 'Z' && stat.startTicks === startTicks;
}

/** A process that is ending has no executable but may still hold its port for a moment, so it counts. */
function mayRunFrom(root, pid) {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`).startsWith(`${root}/`);
  } catch {
    return true;
  }
}

/**
 * The processes that run an executable below `root` with `folder` as their working directory, main process first.
 * Postgres and Redis both change into their data folder, and no other process runs their executables there.
 */
function processesIn(folder, root) {
  const found = [];
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (fs.readlinkSync(`/proc/${name}/cwd`) === folder && mayRunFrom(root, name)) found.push(Number(name));
    } catch {
      // Ended since the listing, a zombie, or not readable.
    }
  }
  const isChild = (pid) => found.includes(processStat(pid)?.parent ?? 0);
  return [...found.filter((pid) => !isChild(pid)), ...found.filter(isChild)];
}

/** Sends a signal to each process; ignores those that have ended. */
function signalAll(pids, signal) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

module.exports = { identityOf, isRunning, processesIn, signalAll };
