import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readServerConfig, VARIABLES } from '@frontier/server/config';
import { DCLinter } from 'dclint';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hasPromtool } from '../support/promtool.ts';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { waitFor } from '../support/server.ts';
import { PrometheusProcess } from './support/prometheus-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FILE = join(ROOT, 'docker-compose.yml');

interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  profiles?: string[];
  networks?: string[];
}
const text = readFileSync(FILE, 'utf8');
const { services, volumes, networks } = parse(text) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
  networks: Record<string, { internal?: boolean }>;
};
const PASSWORD = 'only-from-the-network-of-stores';

/** A text with each `${NAME:-default}` at its default. */
const withDefaults = (value: string): string => value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');

/** A service's environment, with defaults. */
function environmentOf(service: Service): Record<string, string> {
  const entries = Object.entries(service.environment ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, withDefaults(value)]));
}

/** Path of a service's file or folder in the repository. */
function sourceOf(service: Service, path: string): string {
  for (const volume of service.volumes ?? []) {
    const [source, target] = volume.split(':') as [string, string];
    if (path === target || path.startsWith(`${target}/`)) return join(ROOT, source, path.slice(target.length));
  }
  throw new Error(`Nothing is mounted at ${path}.`);
}

describe('docker-compose.yml', () => {
  it('passes a linter and the schema of Compose files', () => {
    const rules = {
      'no-build-and-image': 0, // `docker build -t` in the README makes the same image
      'no-unbound-port-interfaces': 0, // the test of ports below is stricter
      'require-project-name-field': 0, // docker-compose 1.29 does not know it
      'service-keys-order': 0,
      'services-alphabetical-order': 0,
    };
    const linter = new DCLinter({ rules, quiet: true, debug: false, exclude: [] });
    const results = linter.lintFiles([FILE], false) as { messages: unknown[] }[];
    expect(results.flatMap(({ messages }) => messages)).toEqual([]);
  });

  it('mounts only what a fresh clone has, and named volumes', () => {
    const sources = Object.values(services).flatMap((service) => service.volumes ?? []);
    const missing = sources
      .map((volume) => volume.split(':')[0]!)
      .filter((source) => (source.startsWith('.') ? !existsSync(join(ROOT, source)) : !(source in volumes)));
    expect(sources.length).toBeGreaterThan(8);
    expect(missing).toEqual([]);
  });

  it('sets only variables that the configuration knows, to values that it takes', () => {
    const environment = environmentOf(services['inference-api']!);
    expect(Object.keys(environment).filter((name) => !(name in VARIABLES))).toEqual([]);
    const config = readServerConfig({
      ...environment,
      HOST: '0.0.0.0',
      TRUTHGPT_CONFIG: join(ROOT, 'configs/llm_default.yaml'),
    });
    expect(config.environment).toMatchObject({ CACHE_BACKEND: 'tiered', REDIS_URL: `redis://:${PASSWORD}@redis:6379` });
  });

  it('has the ports that the documentation names, and shows outside of this machine only the API', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    const [api, ...others] = ports.toSorted(
      (one, other) => Number(one.includes('127')) - Number(other.includes('127')),
    );
    expect(api).toBe('8080:8080');
    expect(others.map((port) => port.replace(/^127\.0\.0\.1:(\d+):\1$/, '$1'))).toEqual(['9090', '3000', '16686']);
  });

  it('lets only the server reach Redis, with a password', () => {
    const inNetwork = Object.entries(services).filter(([, service]) => service.networks?.includes('stores'));
    expect(inNetwork.map(([name]) => name)).toEqual(['inference-api', 'redis', 'redis-jobs']);
    expect(networks.stores).toEqual({ internal: true });
    for (const name of ['redis', 'redis-jobs']) {
      const { command, ports, networks: own } = services[name]!;
      expect([ports, own, command!.indexOf('--requirepass')]).toEqual([undefined, ['stores'], 1]);
      expect(environmentOf(services[name]!).REDISCLI_AUTH).toBe(withDefaults(command![2]!));
    }
  });

  it('provisions Grafana with a data source and the dashboard', () => {
    const { grafana } = services as { grafana: Service };
    const { providers } = parse(
      readFileSync(sourceOf(grafana, '/etc/grafana/provisioning/dashboards/dashboards.yaml'), 'utf8'),
    ) as { providers: [{ options: { path: string } }] };
    const home = environmentOf(grafana).GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH!;
    expect(home.startsWith(providers[0].options.path)).toBe(true);
    const dashboard = JSON.parse(readFileSync(sourceOf(grafana, home), 'utf8')) as {
      templating: { list: [{ type: string; query: string }] };
    };
    const { datasources } = parse(
      readFileSync(sourceOf(grafana, '/etc/grafana/provisioning/datasources/datasources.yaml'), 'utf8'),
    ) as { datasources: [{ type: string }] };
    expect(dashboard.templating.list[0]).toMatchObject({ type: 'datasource', query: datasources[0].type });
  });
});

describe.skipIf(!hasRedis || !hasPromtool)('the services of docker-compose.yml, started with the same settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-compose-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const redisOptions = (name: string): string[] => [
    ...services[name]!.command!.slice(1).map(withDefaults),
    '--dir',
    folder,
  ];

  it('work together: nothing is degraded, jobs are kept, Prometheus scrapes and knows the alerts', async () => {
    const redis = await TestRedis.startWith(redisOptions('redis'));
    const jobs = await TestRedis.startWith(redisOptions('redis-jobs'));
    const environment = environmentOf(services['inference-api']!);
    environment.REDIS_URL = environment.REDIS_URL!.replace('redis:6379', new URL(redis.url).host);
    environment.JOBS_REDIS_URL = environment.JOBS_REDIS_URL!.replace('redis-jobs:6379', new URL(jobs.url).host);
    const server = new ServerProcess({ ...environment, TRUTHGPT_API_TOKEN: 'a-token' });
    const prometheus = services.prometheus!;
    let scraper: PrometheusProcess | undefined;
    try {
      const url = await server.ready();
      expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ status: 'ready', degraded: [] });
      const headers = { authorization: 'Bearer a-token', 'content-type': 'application/json' };
      const job = await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body: '{"prompt":"Once"}' });
      expect(job.status).toBe(202);
      expect(await redis.command('PING')).toContain('NOAUTH');
      expect(await redis.command(`AUTH ${PASSWORD}\r\nCONFIG GET maxmemory-policy`)).toContain('allkeys-lru');

      const config = readFileSync(sourceOf(prometheus, '/etc/prometheus/prometheus.yml'), 'utf8')
        .replace('inference-api:8080', new URL(url).host)
        .replaceAll('/etc/prometheus/rules', sourceOf(prometheus, '/etc/prometheus/rules'));
      scraper = await PrometheusProcess.start(config, folder);
      await waitFor(async () => (await scraper!.query('up{job="inference-api"}')) === 1, 20_000);
      expect(await scraper.query('count(inference_queue_depth)')).toBe(1);
      expect(await scraper.alerts()).toContain('InferenceQueueDeep');
    } finally {
      server.child.kill('SIGKILL');
      await server.exit();
      await Promise.all([redis.kill(), jobs.kill(), scraper?.kill()]);
    }
  });
});
