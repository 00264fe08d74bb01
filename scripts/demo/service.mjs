/** Runs the service as a child process on a free loopback port, and calls it. */
import { spawn } from 'node:child_process';
import path from 'node:path';

const START_TIMEOUT_MS = 60_000;
const SETTINGS =
  /^(ROLE|HOST|PORT|AUTH|DATA_DIR|LOG_LEVEL|DATABASE_|QUEUE_|REDIS_|EMBEDDING_|LLM_|OPENAI_|CHUNK_|SEMANTIC_|RETRIEVAL_)/;

/** Starts the built service in embedded mode. @returns `{url, request, stop}` */
export async function startService(checkout, dataDir) {
  // The demo shows the embedded mode, whatever the environment variables of the shell are.
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTINGS.test(name)));
  const child = spawn(process.execPath, [path.join(checkout, 'dist', 'src', 'main.js')], {
    cwd: checkout,
    env: { ...inherited, PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the service did not start:\n${output}`)),
      START_TIMEOUT_MS,
    );
    const read = (data) => {
      output += data;
      const listening = /Evergreen listens on (\S+)/.exec(output);
      if (listening) {
        clearTimeout(timer);
        resolve(listening[1]);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`the service ended with exit code ${code}:\n${output}`)));
  });

  return {
    url,
    exited: new Promise((resolve) => child.once('exit', resolve)),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
    /** @throws Error with the server's message if it refuses the request */
    async request(method, route, body) {
      const response = await fetch(url + route, {
        method,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${text}`);
      return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
    },
  };
}
