import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readServerConfig, VARIABLES } from '@frontier/server/config';
import { GLOBAL_UNICAST_IPV6, SPECIAL_IPV4, SPECIAL_IPV6 } from '@frontier/webhooks';
import type { IContainer } from 'kubernetes-models/v1/Container';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { CHART, hasHelm, helm } from '../../helm/tools/helm.ts';
import { REFUSED, VALUES } from './support/chart-values.ts';
import { FakeCluster } from './support/fake-cluster.ts';
import { type KubernetesObject, readObjects, schemaErrors, typeErrors } from './support/kubernetes-objects.ts';
import { podOf, policyViolations } from './support/pod-policy.ts';
import { find, renderChart } from './support/render-chart.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'frontier-chart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(hasHelm)('the Helm chart', { timeout: 120_000 }, () => {
  describe.each(Object.entries(VALUES))('with %s', (_, values) => {
    it('passes helm lint', async () => {
      const file = join(folder, 'values.yaml');
      writeFileSync(file, stringify(values));
      expect(await helm(['lint', '--strict', CHART, '--values', file])).toContain('0 chart(s) failed');
    });

    it('makes objects that Kubernetes and the operators take, with no field that they do not know', async () => {
      const objects = await renderChart(values);
      expect(objects.length).toBeGreaterThan(3);
      expect(await schemaErrors(objects)).toEqual([]);
      expect(typeErrors(objects)).toEqual([]);
    });

    it('makes pods that pass the policies of a careful cluster', async () => {
      expect((await renderChart(values)).flatMap(policyViolations)).toEqual([]);
    });

    it('gives the server variables and a file of models that it takes', async () => {
      const objects = await renderChart(values);
      const deployment = objects.find(({ kind }) => kind === 'Deployment')!;
      const { name } = deployment.metadata;
      const models = parse(find(objects, 'ConfigMap', `${name}-models`).data!['models.yaml']!) as {
        models: { path: string }[];
      };
      for (const model of models.models) {
        const isBundled = model.path.startsWith('/app/');
        model.path = join(ROOT, isBundled ? model.path.slice('/app/'.length) : 'models/storyteller');
      }
      const file = join(folder, 'models.yaml');
      writeFileSync(file, stringify(models));
      const { data } = find(objects, 'ConfigMap', `${name}-env`);
      expect(Object.keys(data!).filter((variable) => !(variable in VARIABLES))).toEqual([]);
      const container = podOf(deployment)!.containers[0] as IContainer;
      const given = container.env!.map((entry) => [entry.name, entry.value ?? 'a-secret'] as const);
      const urls = given.map(([variable, value]) =>
        variable.endsWith('URL') ? [variable, value.replace('a-secret', 'redis://r')] : [variable, value],
      );
      const environment = {
        ...data,
        ...(Object.fromEntries(urls) as Record<string, string>),
        TRUTHGPT_CONFIG: file,
        HOST: '0.0.0.0',
      };
      expect(() => readServerConfig(environment)).not.toThrow();
    });
  });

  it.each(REFUSED)('refuses %s', async (_, values, message) => {
    await expect(renderChart(values)).rejects.toThrow(message);
  });

  it('sees unknown fields, wrong values and loose policies', async () => {
    const deployment = find(await renderChart(), 'Deployment', 'rel-frontier-inference');
    const pod = podOf(deployment)!;
    const [container] = pod.containers as [IContainer];
    Object.assign(container, { readynessProbe: {} });
    expect(typeErrors([deployment]).join()).toContain('readynessProbe');
    Object.assign(container, { imagePullPolicy: 'Sometimes', securityContext: {} });
    expect((await schemaErrors([deployment])).join()).toContain('imagePullPolicy');
    expect(policyViolations(deployment)).toHaveLength(3);
  });

  it('is installed by 3 replicas, scales from 2 to 10, and drains in time', async () => {
    const objects = await renderChart();
    expect(find(objects, 'Deployment', 'rel-frontier-inference').spec).toMatchObject({
      replicas: 3,
      template: { spec: { terminationGracePeriodSeconds: 70 } },
    });
    expect(find(objects, 'HorizontalPodAutoscaler', 'rel-frontier-inference').spec).toMatchObject({
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [
        { resource: { name: 'cpu', target: { averageUtilization: 70 } } },
        { resource: { name: 'memory', target: { averageUtilization: 80 } } },
      ],
    });
    expect(find(objects, 'ConfigMap', 'rel-frontier-inference-env').data).toMatchObject({
      DRAIN_DELAY_MS: '15000',
      DRAIN_TIMEOUT_MS: '45000',
    });
  });

  it('downloads models before the server starts, onto the volume or into the pod', async () => {
    const values = VALUES['a GGUF file that each pod downloads'] as { persistence: { models: object } };
    const { models } = values.persistence;
    const volumes = [
      [values, { emptyDir: {} }],
      [
        { persistence: { models: { ...models, enabled: true, existingClaim: 'mine' } } },
        { persistentVolumeClaim: { claimName: 'mine' } },
      ],
    ] as const;
    for (const [given, volume] of volumes) {
      const pod = podOf(find(await renderChart(given), 'Deployment', 'rel-frontier-inference'))!;
      expect(pod.volumes).toContainEqual({ name: 'models', ...volume });
      const [download] = pod.initContainers as [IContainer];
      const [, script, files] = download.command!;
      expect(script).toBe('apps/server/dist/fetch-files.js');
      expect(JSON.parse(files!)).toEqual([
        {
          url: 'https://models.example/qwen3-0.6b-q8_0.gguf?download=true',
          sha256: 'ab'.repeat(32),
          path: '/models/qwen3/q8_0.gguf',
        },
      ]);
      expect((pod.containers[0] as IContainer).volumeMounts).toContainEqual({
        name: 'models',
        mountPath: '/models',
        readOnly: true,
      });
    }
  });

  it('puts the dashboard and the alerts in as they are', async () => {
    const objects = await renderChart(VALUES['the Prometheus operator, Grafana and KEDA']);
    const file = (path: string): string => readFileSync(join(CHART, 'files', path), 'utf8');
    const dashboard = find(objects, 'ConfigMap', 'rel-frontier-inference-dashboard').data!['inference-api.json']!;
    expect(JSON.parse(dashboard)).toEqual(JSON.parse(file('dashboards/inference-api.json')));
    expect(find(objects, 'PrometheusRule', 'rel-frontier-inference').spec).toEqual(parse(file('rules/alerts.yaml')));
  });

  it('gives each object a name that Kubernetes can make labels of, however long that of the release is', async () => {
    const name = 'production-llm-inference-europe-west-1-for-search';
    const objects = readObjects(await helm(['template', name, CHART, '--set', 'canary.enabled=true']));
    for (const { kind, metadata } of objects) {
      // A StatefulSet adds a hash of ten characters.
      expect(metadata.name.length, `${kind} ${metadata.name}`).toBeLessThanOrEqual(kind === 'StatefulSet' ? 52 : 63);
    }
  });

  it('lets the test of an installation pull its image and reach the server', async () => {
    const objects = await renderChart({
      image: { pullSecrets: [{ name: 'registry' }] },
      networkPolicy: { from: [{ podSelector: { matchLabels: { app: 'gateway' } } }] },
    });
    const smoke = find(objects, 'Pod', 'rel-frontier-inference-smoke');
    expect(podOf(smoke)!.imagePullSecrets).toEqual([{ name: 'registry' }]);
    const { ingress } = find(objects, 'NetworkPolicy', 'rel-frontier-inference').spec as {
      ingress: [{ from: { podSelector: { matchLabels: Record<string, string> } }[] }];
    };
    const [, tests] = ingress[0].from;
    expect(smoke.metadata.labels).toMatchObject(tests!.podSelector.matchLabels);
  });

  it('lets the server reach name servers of the cluster, its Redis, and the public addresses that it would call', async () => {
    const { policyTypes, egress } = find(await renderChart(), 'NetworkPolicy', 'rel-frontier-inference')
      .spec as unknown as { policyTypes: string[]; egress: { ports: { port: number }[]; to: object[] }[] };
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    const ofPort = (port: number): object[] =>
      egress.filter(({ ports }) => ports[0]!.port === port).flatMap(({ to }) => to);
    expect(ofPort(53)).toEqual([
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      },
    ]);
    expect(ofPort(6379)).toHaveLength(2);
    const cidrs = (networks: readonly { cidr: string }[]): string[] => networks.map(({ cidr }) => cidr);
    expect(ofPort(443)).toEqual([
      { ipBlock: { cidr: '0.0.0.0/0', except: cidrs(SPECIAL_IPV4) } },
      { ipBlock: { cidr: GLOBAL_UNICAST_IPV6, except: cidrs(SPECIAL_IPV6) } },
    ]);
    expect(egress).toHaveLength(4);
  });

  it('sends requests to a canary as to the others, and keeps their Deployments apart', async () => {
    const objects = await renderChart({ canary: { enabled: true, image: { tag: 'next' } } });
    const selectorOf = (kind: string, name: string): object => find(objects, kind, name).spec!.selector as object;
    const stable = find(objects, 'Deployment', 'rel-frontier-inference').spec as { template: KubernetesObject };
    const canary = find(objects, 'Deployment', 'rel-frontier-inference-canary').spec as { template: KubernetesObject };
    expect((podOf({ spec: canary } as never)!.containers[0] as IContainer).image).toBe('frontier-inference-api:next');
    expect(selectorOf('Deployment', 'rel-frontier-inference')).toMatchObject({
      matchLabels: { 'frontier-inference/track': 'stable' },
    });
    expect(canary.template.metadata.labels).toMatchObject({ 'frontier-inference/track': 'canary' });
    const service = selectorOf('Service', 'rel-frontier-inference');
    expect(stable.template.metadata.labels).toMatchObject(service);
    expect(canary.template.metadata.labels).toMatchObject(service);
  });

  it('restarts no pod for a new version of the chart alone', async () => {
    const next = join(folder, 'next');
    cpSync(CHART, next, { recursive: true });
    const metadata = readFileSync(join(CHART, 'Chart.yaml'), 'utf8');
    writeFileSync(join(next, 'Chart.yaml'), metadata.replaceAll(/ersion: \d+\.\d+\.\d+/g, 'ersion: 99.0.0'));
    const pods = async (chart: string): Promise<unknown[]> => {
      const objects = readObjects(await helm(['template', 'rel', chart, '--set-string', 'image.tag=1']));
      return objects.filter(({ kind }) => kind !== 'Pod').flatMap(({ spec }) => spec?.template ?? []);
    };
    expect(await pods(next)).toHaveLength(3);
    expect(await pods(next)).toEqual(await pods(CHART));
  });

  it('generates secrets once, and keeps the replicas that the autoscaler chose', async () => {
    const objects = await renderChart();
    const first = find(objects, 'Secret', 'rel-frontier-inference');
    const another = find(await renderChart(), 'Secret', 'rel-frontier-inference');
    expect(another.data).not.toEqual(first.data);
    expect(atob(first.data!.TRUTHGPT_API_TOKEN!)).toMatch(/^\w{40}$/);
    expect(atob(first.data!.WEBHOOK_HMAC_SECRET!)).toMatch(/^whsec_[\w+/]{43}=$/);

    const deployment = find(objects, 'Deployment', 'rel-frontier-inference');
    deployment.spec!.replicas = 7;
    const kubeconfig = join(folder, 'kubeconfig');
    await using cluster = await FakeCluster.start([first, deployment], objects, kubeconfig);
    const args = ['template', 'rel', CHART, '--namespace', 'ns', '--is-upgrade', '--dry-run=server'];
    args.push('--disable-openapi-validation');
    const upgraded = readObjects(await helm(args, { env: { KUBECONFIG: kubeconfig } }));
    expect(find(upgraded, 'Secret', 'rel-frontier-inference').data).toEqual(first.data);
    expect(find(upgraded, 'Deployment', 'rel-frontier-inference').spec!.replicas).toBe(7);
    expect(cluster.reads).toContain('/api/v1/namespaces/ns/secrets/rel-frontier-inference');
  });

  it('knows each variable of the server, but for secrets and those that have values of their own', () => {
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as {
      properties: { config: { properties: object } };
    };
    const own = new Set(
      (
        'TRUTHGPT_API_TOKEN TRUTHGPT_CONFIG HOST PORT API_KEYS_FILE REDIS_URL DATA_DIR JOBS_REDIS_URL WEBHOOK_HMAC_SECRET ' +
        'GRAPH_CACHE_DIR OTLP_ENDPOINT DRAIN_DELAY_MS DRAIN_TIMEOUT_MS'
      ).split(' '),
    );
    expect(Object.keys(schema.properties.config.properties)).toEqual(
      Object.keys(VARIABLES).filter((name) => !own.has(name)),
    );
  });
});
