import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELM_FOLDER } from '../../helm/tools/helm-download.ts';
import { hasHelm, helm } from '../../helm/tools/helm.ts';
import { startServer } from '../support/server.ts';
import { readObjects } from './support/kubernetes-objects.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** A kubectl that replies as a cluster would, by its variables, and keeps the manifests that it applies. */
const KUBECTL = `#!/bin/sh
case "$*" in
  *exec*) [ -n "$METRICS" ] || { echo 'Error from server (NotFound)' >&2; exit 1; }; printf '%b' "$METRICS" ;;
  *apply*) cat > "$FOLDER/applied.yaml" ;;
  *"get deployment"*stable*) [ "$STABLE" != Forbidden ] || { echo Forbidden >&2; exit 1; }; printf '%s' "$STABLE" ;;
  *"get deployment"*) echo deployment.apps/canary ;;
  *"get pods"*) echo pod/canary-1 ;;
  *restartCount*) echo "$RESTARTS" ;;
esac
`;

describe.runIf(hasHelm)('the canary of the workflow', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-canary-'));
  beforeAll(async () => {
    await helm(['version']); // so that it is there
    writeFileSync(join(folder, 'kubectl'), KUBECTL);
    chmodSync(join(folder, 'kubectl'), 0o755);
    writeFileSync(join(folder, 'values.yaml'), '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const watch = (cluster: Record<string, string>): Promise<{ code: number; output: string }> => {
    const env = {
      PATH: [folder, HELM_FOLDER, process.env.PATH].join(delimiter),
      FOLDER: folder,
      NAMESPACE: 'inference',
      IMAGE: 'registry/api',
      DIGEST,
      HELM_VALUES_FILE: join(folder, 'values.yaml'),
      MINUTES: '2',
      MINUTE_SECONDS: '0',
      STABLE: 'deployment.apps/api',
      RESTARTS: '0',
      METRICS: '',
      ...cluster,
    };
    return new Promise((settle) => {
      execFile('.github/canary.sh', { cwd: ROOT, env }, (error, stdout, stderr) => {
        settle({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
      });
    });
  };
  const metrics = (good: number, bad: number, failed: number): Record<string, string> => ({
    METRICS: [
      '# TYPE inference_requests_total counter',
      `inference_requests_total{endpoint="/v1/infer",model="a",status="2xx"} ${good - 1}`,
      'inference_requests_total{endpoint="/v1/infer",model="b",status="2xx"} 1',
      `inference_requests_total{endpoint="/v1/infer",model="b",status="4xx"} ${bad}`,
      `inference_errors_5xx_total ${failed}`,
      '',
    ].join('\\n'),
  });

  it('passes where it is asked and answers', async () => {
    expect(await watch(metrics(200, 10, 2))).toMatchObject({
      code: 0,
      output: expect.stringContaining('200 good answers, 2 errors') as string,
    });
    const canary = readObjects(readFileSync(join(folder, 'applied.yaml'), 'utf8')).find(
      ({ metadata }) => metadata.labels?.['frontier-inference/track'] === 'canary',
    );
    expect(JSON.stringify(canary)).toContain(`"image":"registry/api@${DIGEST}"`);
  });

  it('reads the metrics of the server as they are', async () => {
    const server = await startServer();
    for (const body of ['{"prompt":"Tom","params":{"max_new_tokens":1}}', '{}']) await server.post('/v1/infer', body);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    await server.close();
    expect((await watch({ METRICS: text.replaceAll('\\', '\\\\') })).output).toContain('1 good answers, 0 errors');
  });

  it.each([
    ['fails more than 1 % of requests', metrics(200, 0, 3), 'More than 1 %'],
    ['is never asked', { METRICS: 'inference_active_batches 0\\n' }, 'nothing well'],
    ['answers nobody well', { METRICS: 'inference_requests_total{status="4xx"} 90\\n' }, 'nothing well'],
    ['cannot be read', {}, 'NotFound'],
    ['is started again', { ...metrics(200, 0, 0), RESTARTS: '1' }, 'started again: 1 times'],
    ['has a cluster that refuses', { STABLE: 'Forbidden' }, 'Forbidden'],
  ])('does not pass where it %s', async (_, cluster, message) => {
    const { code, output } = await watch(cluster);
    expect(code).toBe(1);
    expect(output).toContain(message);
  });

  it('is left out where nothing is installed yet', async () => {
    expect(await watch({ STABLE: '' })).toMatchObject({
      code: 0,
      output: expect.stringContaining('nothing yet') as string,
    });
  });
});
