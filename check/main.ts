import * as coherence from './coherence/check-coherence';
import * as fuzz from './fuzz/check-fuzz';
import * as ingest from './ingest/check-ingest';
import * as isolation from './isolation/check-isolation';
import * as rolling from './rolling/check-rolling';
import * as upgrade from './upgrade/check-upgrade';

interface Check {
  usage: string;
  /** @returns the exit code: 0 only if the service passed */
  run(argv: readonly string[]): Promise<number>;
}

/** Tests of the running service from outside: `npm run check:NAME -- …`. Progress goes to stderr, the result to stdout. */
const CHECKS: Record<string, Check> = {
  coherence: { usage: coherence.USAGE, run: coherence.checkCoherence },
  fuzz: { usage: fuzz.USAGE, run: fuzz.checkFuzz },
  ingest: { usage: ingest.USAGE, run: ingest.checkIngest },
  isolation: { usage: isolation.USAGE, run: isolation.checkIsolation },
  rolling: { usage: rolling.USAGE, run: rolling.checkRolling },
  upgrade: { usage: upgrade.USAGE, run: upgrade.checkUpgrade },
};

async function main([name = '', ...argv]: string[]): Promise<number> {
  const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
  if (!check) throw new Error(`unknown check "${name}"; checks: ${Object.keys(CHECKS).join(', ')}`);
  if (argv.includes('--help')) {
    process.stdout.write(`${check.usage}\n`);
    return 0;
  }
  return check.run(argv);
}

main(process.argv.slice(2)).then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
