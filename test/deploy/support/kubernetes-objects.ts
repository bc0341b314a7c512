import { join, resolve } from 'node:path';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../../..');

/** An object of Kubernetes, or of an operator. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: Record<string, unknown>;
  data?: Record<string, string>;
}

/** The objects of a stream of YAML documents. */
export function readObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

/** Modules of the types and schemas of an API group: those of Kubernetes, and of the operators that the chart knows. */
const MODELS: Record<string, string> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'keda.sh': '@kubernetes-models/keda',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
};

function moduleOf({ apiVersion, kind }: KubernetesObject): string {
  return `${MODELS[apiVersion.split('/')[0]!] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

/** Errors of objects by the schemas of their kinds: missing fields and wrong values. */
export async function schemaErrors(objects: KubernetesObject[]): Promise<string[]> {
  const errors: string[] = [];
  for (const object of objects) {
    const models = (await import(moduleOf(object))) as Record<string, new (data: object) => { validate(): void }>;
    try {
      new models[object.kind]!(object).validate();
    } catch (error) {
      errors.push(`${object.kind} ${object.metadata.name}: ${String(error)}`);
    }
  }
  return errors;
}

/** Errors of objects by the types of their kinds: unknown fields, which a schema check lets pass. */
export function typeErrors(objects: KubernetesObject[]): string[] {
  const file = join(ROOT, 'test/deploy/objects.generated.ts');
  const text = objects
    .map(
      (object, i) => `export const o${i}: import('${moduleOf(object)}').I${object.kind} = ${JSON.stringify(object)};`,
    )
    .join('\n');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, languageVersion) =>
    path === file ? ts.createSourceFile(path, text, languageVersion) : getSourceFile(path, languageVersion);
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return diagnostics.map(({ messageText, file: source, start }) => {
    const object = source?.fileName === file ? objects[source.getLineAndCharacterOfPosition(start!).line] : undefined;
    return `${object?.kind} ${object?.metadata.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
