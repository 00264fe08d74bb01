import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { CHECKOUT } from '../support/services';

/** Jest does not load ES modules, so a separate Node process runs the script. */
function outcomeOf(stdout: string): { lines: string[]; failed: boolean } {
  const url = `file://${path.join(CHECKOUT, 'scripts', 'audit-outcome.mjs')}`;
  const script = `const { auditOutcome } = await import('${url}');
    console.log(JSON.stringify(auditOutcome(process.argv[1])));`;
  const args = ['--input-type=module', '-e', script, stdout];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as ReturnType<
    typeof outcomeOf
  >;
}

const report = (severities: Record<string, string>) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: Object.fromEntries(
      Object.entries(severities).map(([name, severity]) => [name, { name, severity, range: '<2' }]),
    ),
    metadata: { vulnerabilities: { total: Object.keys(severities).length } },
  });

describe('the audit of packages', () => {
  it.each(['high', 'critical'])(
    'fails for a vulnerability of severity %s, and names the package',
    (severity) => {
      const { lines, failed } = outcomeOf(report({ leftpad: severity, other: 'low' }));
      expect([failed, lines[0]]).toEqual([true, `${severity}: leftpad <2`]);
    },
  );

  it('passes for other severities, and without vulnerabilities', () => {
    expect(outcomeOf(report({ a: 'moderate', b: 'low' }))).toMatchObject({ failed: false });
    expect(outcomeOf(report({})).lines).toEqual([
      '0 packages with vulnerabilities of severity high or critical, 0 in all',
    ]);
  });

  it.each([
    [
      'an error of the registry',
      JSON.stringify({ message: '405 Method Not Allowed - POST address', error: {} }),
    ],
    ['no network', JSON.stringify({ error: { code: 'ENOTFOUND', summary: 'request failed' } })],
    ['nothing', ''],
    ['no JSON', '<html>'],
  ])('says that the registry could not be asked (%s), and passes', (_, stdout) => {
    const { lines, failed } = outcomeOf(stdout);
    expect(failed).toBe(false);
    expect(lines).toEqual([expect.stringMatching(/^registry cannot be reached, nothing was audited \(/)]);
    expect(lines[0]).not.toContain('address');
  });
});
