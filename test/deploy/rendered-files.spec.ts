import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { IContainer } from 'kubernetes-models/v1/Container';
import { describe, expect, it } from 'vitest';
import { README, renderReadme } from '../../helm/tools/chart-readme.ts';
import { hasHelm } from '../../helm/tools/helm.ts';
import { MANIFESTS, renderManifests } from '../../helm/tools/manifests.ts';
import { readObjects, schemaErrors, typeErrors } from './support/kubernetes-objects.ts';
import { podOf, policyViolations } from './support/pod-policy.ts';

describe('the files that are made of the chart (mend with `npm run k8s:render`)', () => {
  it.runIf(hasHelm)('are its plain manifests', async () => {
    expect(readFileSync(MANIFESTS, 'utf8')).toBe(await renderManifests());
  });

  it('are the table of values in its README', () => {
    expect(readFileSync(README, 'utf8')).toBe(renderReadme());
  });
});

describe('the plain manifests', () => {
  it('name a Secret that the command at their head makes, with all keys that pods read', () => {
    const text = readFileSync(MANIFESTS, 'utf8');
    const [, name] = /kubectl create secret generic (\S+) -n inference/.exec(text)!;
    const made = [...text.matchAll(/--from-literal=(\w+)=/g)].map(([, key]) => key);
    const containers = readObjects(text).flatMap((object) => (podOf(object)?.containers ?? []) as IContainer[]);
    const read = containers.flatMap(({ env }) => env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []);
    expect(new Set(read.map((reference) => reference.name))).toEqual(new Set([name]));
    expect(new Set(read.map(({ key }) => key))).toEqual(new Set(made));
    expect(readObjects(text).filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });
});

describe('the load test for a cluster', () => {
  it('is a Job that Kubernetes and its policies take', async () => {
    const job = readObjects(readFileSync(resolve(import.meta.dirname, '../load/k6-job.yaml'), 'utf8'));
    expect(await schemaErrors(job)).toEqual([]);
    expect(typeErrors(job)).toEqual([]);
    expect(job.flatMap(policyViolations)).toEqual([]);
  });
});
