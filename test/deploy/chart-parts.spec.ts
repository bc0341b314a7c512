import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { IContainer } from 'kubernetes-models/v1/Container';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { hasHelm } from '../../helm/tools/helm.ts';
import { hasPromtool, promtool } from '../support/promtool.ts';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { startServer, TOKEN } from '../support/server.ts';
import { VALUES } from './support/chart-values.ts';
import { podOf } from './support/pod-policy.ts';
import { find, renderChart } from './support/render-chart.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontier-chart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(hasHelm)('what the chart gives others to run', () => {
  it.skipIf(!hasRedis)('starts Redis with options that it takes, and a password', async () => {
    for (const suffix of ['redis', 'redis-jobs']) {
      const statefulSet = find(await renderChart(), 'StatefulSet', `rel-frontier-inference-${suffix}`);
      const { args } = podOf(statefulSet)!.containers[0] as IContainer;
      const options = args!.map((arg) => arg.replace('$(REDISCLI_AUTH)', 'a-password').replace('/data', folder));
      const redis = await TestRedis.startWith(options);
      try {
        expect(await redis.command('PING')).toContain('NOAUTH');
        const policy = await redis.command('AUTH a-password\r\nCONFIG GET maxmemory-policy');
        expect(policy).toContain(suffix === 'redis' ? 'allkeys-lru' : 'noeviction');
      } finally {
        await redis.kill();
      }
    }
  });

  it.skipIf(!hasPromtool)('scales by a query that Prometheus takes, over a metric that the server has', async () => {
    const { triggers } = find(
      await renderChart(VALUES['the Prometheus operator, Grafana and KEDA']),
      'ScaledObject',
      'rel-frontier-inference',
    ).spec as { triggers: [{ metadata: { query: string } }] };
    const { query } = triggers[0].metadata;
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, stringify({ groups: [{ name: 'keda', rules: [{ record: 'keda:wait', expr: query }] }] }));
    expect(promtool('check', 'rules', file)).toContain('SUCCESS');
    const server = await startServer();
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    await server.close();
    expect(metrics).toContain('# TYPE inference_queue_wait_seconds histogram');
    expect(query).toContain('inference_queue_wait_seconds_sum{namespace="ns",pod=~"rel-frontier-inference-.*"}');
  });

  it('tests an installation by a script that finds a server well, and names what is wrong with one', async () => {
    const smoke = podOf(find(await renderChart(), 'Pod', 'rel-frontier-inference-smoke'))!.containers[0] as IContainer;
    const server = await startServer();
    try {
      const run = (token: string): Promise<{ stdout: string }> =>
        promisify(execFile)(process.execPath, ['-e', smoke.args![0]!], { env: { URL: server.url, TOKEN: token } });
      expect((await run(TOKEN)).stdout).toContain('The service answers');
      await expect(run('wrong')).rejects.toThrow('/v1/infer answered 401');
    } finally {
      await server.close();
    }
  });
});
