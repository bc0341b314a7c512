import { stringify } from 'yaml';
import { CHART, helm } from '../../../helm/tools/helm.ts';
import { type KubernetesObject, readObjects } from './kubernetes-objects.ts';

/** Manifests of the chart for values, as the release `rel` in the namespace `ns`. */
export async function renderChart(values: object = {}): Promise<KubernetesObject[]> {
  const args = ['template', 'rel', CHART, '--namespace', 'ns', '--values', '-'];
  return readObjects(await helm(args, { input: stringify(values) }));
}

export function find(objects: KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return found;
}
