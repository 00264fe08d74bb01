import { existsSync } from 'node:fs';

/** What `new Worker(filename, {execArgv})` and Piscina need to start a thread's code. */
export interface WorkerEntry {
  /** Absolute path of the compiled file, or of the TypeScript source under Jest. */
  filename: string;
  execArgv: string[];
}

/**
 * Finds the code of a worker thread beside its caller. Compiled, it is a `.js` file; run from source (Jest), the
 * thread gets a loader for TypeScript, since threads do not inherit Jest's.
 * @param pathWithoutExtension e.g. `join(__dirname, 'chunk.worker')`
 */
export function workerEntry(pathWithoutExtension: string): WorkerEntry {
  const compiled = `${pathWithoutExtension}.js`;
  if (existsSync(compiled)) return { filename: compiled, execArgv: [] };
  return { filename: `${pathWithoutExtension}.ts`, execArgv: ['--require', '@swc-node/register'] };
}
