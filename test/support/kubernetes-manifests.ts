import { createRequire } from 'node:module';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { CHECKOUT } from './services';

/** A pod, as far as tests look into it. */
export interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: {
    terminationGracePeriodSeconds?: number;
    securityContext: Record<string, unknown>;
    containers: {
      name: string;
      image: string;
      args?: string[];
      command?: string[];
      env?: { name: string; value?: string }[];
      envFrom?: { secretRef: { name: string } }[];
      securityContext: Record<string, unknown>;
      resources: { limits?: Record<string, string> };
      lifecycle?: { preStop: { exec: { command: string[] } } };
    }[];
    volumes?: Record<string, unknown>[];
  };
}

/** A Kubernetes object, as far as tests look into it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec: Record<string, unknown> & { template: PodTemplate; groups: unknown };
}

/** Where the schemas of an API group come from. */
function moduleOf(apiVersion: string): string {
  if (apiVersion.startsWith('monitoring.coreos.com/'))
    return `@kubernetes-models/prometheus-operator/${apiVersion}`;
  if (apiVersion.startsWith('keda.sh/')) return `@kubernetes-models/keda/${apiVersion}`;
  return `kubernetes-models/${apiVersion}`;
}

interface Validated {
  /** @throws Error that names the field */
  validate(): void;
}

const load = createRequire(__filename);
const titleOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;

/** Checks a manifest against the JSON schema of its kind: required fields, types, formats. @returns what is wrong */
export function schemaProblems(manifest: Manifest): string[] {
  const models = load(moduleOf(manifest.apiVersion)) as Record<string, new (data: Manifest) => Validated>;
  if (!(manifest.kind in models)) return [`${titleOf(manifest)}: there is no such kind`];
  try {
    new models[manifest.kind](manifest).validate();
    return [];
  } catch (error) {
    return [`${titleOf(manifest)}: ${(error as Error).message}`];
  }
}

/**
 * Finds what the JSON schemas let through: fields that do not exist, such as those with a typing error. The compiler
 * does, with the types that are made from the same schemas.
 */
export function unknownFieldProblems(manifests: readonly Manifest[]): string[] {
  const folder = path.join(CHECKOUT, '.cache', 'manifests');
  mkdirSync(folder, { recursive: true });
  const files = manifests.map((manifest, i) => {
    const file = path.join(folder, `${i}.ts`);
    const type = `import('${moduleOf(manifest.apiVersion)}').I${manifest.kind}`;
    writeFileSync(file, `export const manifest: ${type} = ${JSON.stringify(manifest)};\n`);
    return file;
  });
  const program = ts.createProgram(files, {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    module: ts.ModuleKind.CommonJS,
    ignoreDeprecations: '6.0',
    moduleResolution: ts.ModuleResolutionKind.Node10,
    types: [],
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const about = file ? titleOf(manifests[files.indexOf(file.fileName)]) : 'compiler';
    return `${about}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
