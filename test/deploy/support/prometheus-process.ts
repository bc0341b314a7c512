import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../support/redis.ts';
import { isUp, waitFor } from '../../support/server.ts';

/** A Prometheus server with a configuration of the test's own. */
export class PrometheusProcess {
  private readonly url: string;
  private readonly child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.child = child;
  }

  /** @param folder where it writes its configuration and its data */
  static async start(config: string, folder: string): Promise<PrometheusProcess> {
    writeFileSync(join(folder, 'prometheus.yml'), config);
    const address = `127.0.0.1:${await freePort()}`;
    const options = {
      'config.file': join(folder, 'prometheus.yml'),
      'storage.tsdb.path': join(folder, 'tsdb'),
      'web.listen-address': address,
    };
    const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const child = spawn('prometheus', flags, { stdio: 'ignore' });
    await waitFor(async () => (await isUp(`http://${address}/-/ready`)) || child.exitCode !== null);
    if (child.exitCode !== null) throw new Error('Prometheus did not start.');
    return new PrometheusProcess(`http://${address}`, child);
  }

  /** The value of an expression, if it has one series. */
  async query(expression: string): Promise<number | undefined> {
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result.length === 1 ? Number(data.result[0]!.value[1]) : undefined;
  }

  /** The names of the alerts that it evaluates. */
  async alerts(): Promise<string[]> {
    const { data } = (await (await fetch(`${this.url}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string }[] }[] };
    };
    return data.groups.flatMap(({ rules }) => rules.map(({ name }) => name));
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
