/** Runs one command at a time, and ends its whole process tree on a signal or a timeout. */
import { spawn } from 'node:child_process';

/** Limit of one stage; on two busy CPUs the end-to-end suites take half of it. */
const TIMEOUT_MS = 25 * 60_000;
const GRACE_MS = 5_000;

let current;
let isInterrupted = false;

/** Whether {@link stopRunningCommand} was called. */
export function wasInterrupted() {
  return isInterrupted;
}

/** Ends the running command and prevents others from starting. */
export function stopRunningCommand() {
  isInterrupted = true;
  if (current) terminate(current);
}

/** Kills the command's process group, which its children (Jest's workers, servers under test) share. */
function terminate(child) {
  signalGroup(child, 'SIGTERM');
  setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS).unref();
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * Runs a command to its end. Its output is inherited.
 * @param options.capture return its stdout instead
 * @param options.quietStdout drop its stdout instead
 * @param options.evenIfInterrupted start although {@link stopRunningCommand} was called
 * @returns `{exitCode, output}`; exit code 1 for a command that a signal, the time limit or a missing file ended
 */
export function runCommand(command, args, { cwd, env, capture, quietStdout, evenIfInterrupted } = {}) {
  if (isInterrupted && !evenIfInterrupted) return Promise.resolve({ exitCode: 1, output: '' });
  const stdout = capture ? 'pipe' : quietStdout ? 'ignore' : 'inherit';
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', stdout, 'inherit'] });
  current = child;
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
  const timeout = setTimeout(() => {
    process.stderr.write(`${command} ${args.join(' ')}: stopped after ${TIMEOUT_MS / 60_000} minutes\n`);
    terminate(child);
  }, TIMEOUT_MS);
  return new Promise((resolve) => {
    const finish = (exitCode) => {
      clearTimeout(timeout);
      current = undefined;
      resolve({ exitCode: exitCode ?? 1, output });
    };
    child.once('close', finish);
    child.once('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      finish(1);
    });
  });
}
