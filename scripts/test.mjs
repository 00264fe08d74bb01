/**
 * `npm test`: installs if needed, starts the servers that it needs, runs every stage below and ends with the line
 * `N passed, N failed`. A check such as lint counts as one test. A suite that cannot run and a skipped test count as failed.
 *
 *   npm test                              everything
 *   npm test -- --only unit,contract      some stages, with the servers that they need
 *   npm test -- --only unit -- -t chunk   other arguments are passed to Jest
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstall, npmCommand } from './ensure-install.mjs';
import { runCommand, stopRunningCommand, wasInterrupted } from './run-command.mjs';

const CHECKOUT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const SERVICES = path.join(CHECKOUT, 'scripts', 'services');
const JEST = path.join(CHECKOUT, 'node_modules', 'jest', 'bin', 'jest.js');
const URL_VARIABLES = ['DATABASE_URL', 'REDIS_CACHE_URL', 'REDIS_QUEUE_URL'];

/** In order of execution. `script`: a script of package.json; `specs`: folder and ending of Jest's files. */
const STAGES = [
  { name: 'lint', script: 'lint' },
  { name: 'format', script: 'format:check' },
  { name: 'typecheck', script: 'typecheck' },
  { name: 'deps', script: 'deps' },
  { name: 'sbom', script: 'sbom' },
  { name: 'audit', script: 'audit' },
  { name: 'build', script: 'build' },
  { name: 'unit', specs: ['src', '.spec.ts'] },
  { name: 'property', specs: ['test/property', '.spec.ts'] },
  { name: 'contract', specs: ['test/contract', '.spec.ts'], needsServices: true },
  { name: 'e2e-embedded', specs: ['test/e2e', '.e2e-spec.ts'], needsBuild: true },
  { name: 'e2e-real', specs: ['test/e2e', '.e2e-spec.ts'], needsBuild: true, needsServices: true },
  { name: 'e2e-cluster', specs: ['test/e2e', '.e2e-spec.ts'], needsBuild: true, needsServices: true },
  { name: 'operations', specs: ['test/operations', '.spec.ts'], needsBuild: true, needsServices: true },
];
const GROUPS = {
  checks: ['lint', 'format', 'typecheck', 'deps', 'sbom', 'audit'],
  e2e: ['e2e-embedded', 'e2e-real', 'e2e-cluster'],
};

/** Splits the arguments into stages and arguments for Jest. @throws Error for an unknown stage */
function parse(argv) {
  const only = [];
  const jestArguments = [];
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--only') only.push(...(argv[++i] ?? '').split(','));
    else if (argv[i].startsWith('--only=')) only.push(...argv[i].slice('--only='.length).split(','));
    else if (argv[i] !== '--') jestArguments.push(argv[i]);
  }
  if (only.length === 0) return { stages: STAGES, jestArguments };
  const names = only.flatMap((name) => GROUPS[name] ?? [name]);
  const known = STAGES.map((stage) => stage.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`unknown stage "${unknown}"; stages: ${[...known, ...Object.keys(GROUPS)].join(', ')}`);
  }
  const asked = STAGES.filter((stage) => names.includes(stage.name));
  const isIncluded = (stage) =>
    asked.includes(stage) || (stage.name === 'build' && asked.some((one) => one.needsBuild));
  return { stages: STAGES.filter(isIncluded), jestArguments };
}

/** The environment with the addresses of the servers: those that are set, or those of servers started for this run. */
class Services {
  #environment;
  #isLeased = false;

  /** @throws Error if they cannot be started */
  async environment() {
    return (this.#environment ??= await this.#find());
  }

  async #find() {
    if (URL_VARIABLES.every((name) => process.env[name])) return process.env;
    const result = await runCommand(
      process.execPath,
      [SERVICES, 'up', '--json', '--for', String(process.pid)],
      {
        cwd: CHECKOUT,
        capture: true,
      },
    );
    this.#isLeased = true;
    if (result.exitCode !== 0) throw new Error('scripts/services up failed');
    return { ...process.env, ...JSON.parse(result.output).environment };
  }

  /** Stops the servers that this run started, unless another process uses them. */
  async release() {
    if (!this.#isLeased) return;
    const args = [SERVICES, 'down', '--json', '--for', String(process.pid)];
    await runCommand(process.execPath, args, { cwd: CHECKOUT, capture: true, evenIfInterrupted: true });
  }
}

/** Whether a folder contains, at any depth, a file with this ending. */
function holdsFile(folder, ending) {
  const full = path.join(CHECKOUT, folder);
  return (
    fs.existsSync(full) && fs.readdirSync(full, { recursive: true }).some((file) => file.endsWith(ending))
  );
}

async function runCheck(stage) {
  const [command, prefix] = npmCommand();
  const { exitCode } = await runCommand(command, [...prefix, 'run', '--silent', stage.script], {
    cwd: CHECKOUT,
  });
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function runJest(stage, jestArguments, services) {
  if (!holdsFile(...stage.specs)) {
    console.log('no test files yet');
    return { passed: 0, failed: 0 };
  }
  const env = stage.needsServices ? await services.environment() : process.env;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergreen-test-'));
  const outputFile = path.join(folder, 'result.json');
  try {
    const args = [
      JEST,
      '--selectProjects',
      stage.name,
      '--json',
      '--outputFile',
      outputFile,
      ...jestArguments,
    ];
    const { exitCode } = await runCommand(process.execPath, args, { cwd: CHECKOUT, env, quietStdout: true });
    return countTests(outputFile, exitCode, jestArguments.length > 0);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads Jest's report. @param isSelection tests were selected by name or path, so the others do not count as skipped */
function countTests(outputFile, exitCode, isSelection) {
  if (!fs.existsSync(outputFile)) return { passed: 0, failed: 1 };
  const report = JSON.parse(fs.readFileSync(outputFile, 'utf8'));
  const passed = report.numPassedTests;
  const skipped = isSelection ? 0 : report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites + skipped;
  const isUnexplained = failed === 0 && (exitCode !== 0 || (passed === 0 && !isSelection));
  return { passed, failed: isUnexplained ? 1 : failed };
}

/** Runs one stage; an error outside of a test counts as one failure. */
async function runStage(stage, jestArguments, services) {
  console.log(`\n── ${stage.name}`);
  const startMs = performance.now();
  let counts;
  try {
    counts = stage.script ? await runCheck(stage) : await runJest(stage, jestArguments, services);
  } catch (error) {
    console.error(error.message);
    counts = { passed: 0, failed: 1 };
  }
  return { name: stage.name, ...counts, seconds: (performance.now() - startMs) / 1000 };
}

function printTable(results) {
  console.log('');
  for (const { name, passed, failed, seconds } of results) {
    const line = `${name.padEnd(14)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`;
    console.log(`${line} ${seconds.toFixed(1).padStart(8)} s`);
  }
}

async function main() {
  const { stages, jestArguments } = parse(process.argv.slice(2));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stopRunningCommand);
  const services = new Services();
  const results = [];
  try {
    await ensureInstall();
    for (const stage of stages) {
      if (wasInterrupted()) break;
      results.push(await runStage(stage, jestArguments, services));
    }
  } finally {
    await services.release();
  }
  printTable(results);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 && !wasInterrupted() ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
