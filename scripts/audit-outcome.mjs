const SERIOUS = new Set(['high', 'critical']);

/**
 * Interprets `npm audit --json`: what to print, and whether a package has a known vulnerability of severity high or critical.
 * A reply without a report means that the registry was unavailable.
 */
export function auditOutcome(stdout) {
  let report;
  try {
    report = JSON.parse(stdout);
  } catch {
    report = {};
  }
  if (report.auditReportVersion === undefined || report.metadata?.vulnerabilities === undefined) {
    const why = String(report.message ?? report.error?.summary ?? 'no answer')
      .split('\n')[0]
      .replace(/\s+-\s+.*$/, '');
    return { lines: [`registry cannot be reached, nothing was audited (${why})`], failed: false };
  }
  const serious = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) => SERIOUS.has(severity));
  const lines = serious.map(({ name, severity, range }) => `${severity}: ${name} ${range}`);
  const { total = 0 } = report.metadata.vulnerabilities;
  lines.push(`${serious.length} packages with vulnerabilities of severity high or critical, ${total} in all`);
  return { lines, failed: serious.length > 0 };
}
