import { spawnSync } from 'node:child_process';
import { CAPACITY_DEFAULTS, type CapacityPlan, planCapacity } from '../../scripts/capacity/capacity-plan';
import { CHECKOUT } from '../support/services';

const plan = (inputs: Partial<typeof CAPACITY_DEFAULTS> = {}) =>
  planCapacity({ ...CAPACITY_DEFAULTS, ...inputs });
const partOf = ({ components }: CapacityPlan, name: string) =>
  components.find((component) => component.name === name)!;

describe('the capacity plan', () => {
  it('charges the language model only for cache misses', () => {
    const models = partOf(plan({ queriesPerMonth: 1_000_000, hitRate: 0.75 }), 'models');
    // 250,000 questions of 1,500 tokens at 0.15 and 200 at 0.60 per million.
    expect(models.monthlyUsd).toBeCloseTo(250_000 * (0.000225 + 0.00012), 6);
  });

  it('has the language model cost of a naive pipeline if no question repeats', () => {
    const { components, naive, savedShare } = plan({ hitRate: 0 });
    expect(components.at(-1)!.monthlyUsd).toBeCloseTo(naive.at(-1)!.monthlyUsd, 6);
    // The caches' Redis is an extra cost then.
    expect(savedShare).toBeLessThan(0);
  });

  it('grows with questions, users and chunks in the components that they load', () => {
    expect(partOf(plan({ dailyUsers: 5_000_000 }), 'api').replicas).toBeGreaterThan(
      partOf(plan(), 'api').replicas,
    );
    for (const name of ['redis-cache', 'models'])
      expect(partOf(plan({ queriesPerMonth: 15e6 }), name).monthlyUsd).toBeGreaterThan(
        partOf(plan(), name).monthlyUsd,
      );
    expect(partOf(plan({ chunks: 2e6 }), 'postgres').memoryGb).toBeGreaterThan(
      partOf(plan(), 'postgres').memoryGb,
    );
    expect(plan({ dailyUsers: 1 }).peakRate).toBeLessThan(plan().peakRate);
  });

  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['-r', '@swc-node/register', 'scripts/capacity/capacity.ts', ...args], {
      cwd: CHECKOUT,
      encoding: 'utf8',
    });

  it('is printed as a table and as JSON', () => {
    const args = ['--queries-per-month', '1500000', '--daily-users', '50000'];
    expect(run(...args).stdout).toMatch(/^component .*\n(.*\n)+total .*\n\nPeak: 8\.3 questions per second/);
    const json = JSON.parse(run(...args, '--json').stdout) as CapacityPlan;
    expect(json).toMatchObject(JSON.parse(JSON.stringify(plan())) as object);
  });

  it.each([
    [['--hit-rate', '2'], /--hit-rate must be a number from 0 to 1/],
    [['--chunks', 'many'], /--chunks must be a number/],
    [['--dimensions', '768'], /--dimensions must be one of 512, 1536, 3072/],
    [['--unknown', '1'], /unknown/],
  ])('refuses %j and shows its usage', (args, message) => {
    const { status, stderr } = run(...args);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr).toContain('--queries-per-month');
  });
});
