import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { ensureRoot } from '../../scripts/local-services/debian-root';
import { CHECKOUT } from '../support/services';

interface Rules {
  groups: {
    rules: {
      alert: string;
      expr: string;
      labels: { severity: string };
      annotations: Record<string, string>;
    }[];
  }[];
}

const RULES = path.join(CHECKOUT, 'helm/evergreen/files/rules/evergreen.yaml');
const { groups } = parse(readFileSync(RULES, 'utf8')) as Rules;
const alerts = groups.flatMap(({ rules }) => rules);
const tests = readFileSync(path.join(__dirname, 'alerts.test.yaml'), 'utf8');

describe('the alert rules', () => {
  let root: string;
  let folder: string;
  beforeAll(async () => {
    root = await ensureRoot(() => undefined);
    folder = mkdtempSync(path.join(root, 'tmp', 'rules-'));
    cpSync(RULES, path.join(folder, 'evergreen.yaml'));
    cpSync(path.join(__dirname, 'alerts.test.yaml'), path.join(folder, 'alerts.test.yaml'));
    execFileSync('cp', [path.join(CHECKOUT, 'docker/prometheus/prometheus.yaml'), folder]);
    execFileSync('mkdir', [path.join(folder, 'rules')]);
    cpSync(RULES, path.join(folder, 'rules', 'evergreen.yaml'));
  }, 900_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const promtool = (...args: string[]) => {
    const inside = folder.slice(root.length);
    const command = ['/usr/bin/env', '-C', inside, '/usr/bin/promtool', ...args];
    const { status, stdout, stderr } = spawnSync('chroot', [root, ...command], { encoding: 'utf8' });
    return { ok: status === 0, text: stdout + stderr };
  };

  it('pass promtool check rules', () => {
    const { ok, text } = promtool('check', 'rules', '--lint=all', '--lint-fatal', 'evergreen.yaml');
    expect([ok, ok ? '' : text]).toEqual([true, '']);
  });

  it('pass promtool test rules', () => {
    const { ok, text } = promtool('test', 'rules', 'alerts.test.yaml');
    expect([ok, ok ? '' : text]).toEqual([true, '']);
  });

  it('are read by the Prometheus of docker/compose.yaml', () => {
    const { ok, text } = promtool('check', 'config', 'prometheus.yaml');
    expect([ok, ok ? '' : text]).toEqual([true, '']);
  });

  it.each(alerts.map((alert) => [alert.alert, alert]))(
    '%s is tested and has a page for who is called',
    (name, alert) => {
      expect(tests).toContain(`alertname: ${name}`);
      expect(alert.labels.severity).toMatch(/^(critical|warning)$/);
      expect(alert.annotations.summary).toBeTruthy();
      const operations = path.join(CHECKOUT, 'docs/operations.md');
      expect(existsSync(operations) && readFileSync(operations, 'utf8')).toContain(`### ${name}\n`);
    },
  );
});
