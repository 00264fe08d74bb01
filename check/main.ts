import { checkCoherence } from './coherence/check-coherence';
import { checkFuzz } from './fuzz/check-fuzz';
import { checkIngest } from './ingest/check-ingest';
import { checkIsolation } from './isolation/check-isolation';
import { checkRolling } from './rolling/check-rolling';
import { checkUpgrade } from './upgrade/check-upgrade';

/** What can be checked from outside: `npm run check:NAME -- …`. Progress goes to stderr, the result to stdout. */
const CHECKS: Record<string, (argv: readonly string[]) => Promise<number>> = {
  coherence: checkCoherence,
  fuzz: checkFuzz,
  ingest: checkIngest,
  isolation: checkIsolation,
  rolling: checkRolling,
  upgrade: checkUpgrade,
};

async function main([name = '', ...argv]: string[]): Promise<number> {
  const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
  if (!check) throw new Error(`there is no check "${name}"; there are: ${Object.keys(CHECKS).join(', ')}`);
  return check(argv);
}

main(process.argv.slice(2)).then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
