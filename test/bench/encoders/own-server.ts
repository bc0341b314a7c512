import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ASSETS } from '../../real/support/assets.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { waitFor } from '../../support/server.ts';
import { Callers } from './callers.ts';
import type { Contestant } from './contestant.ts';

const TOKEN = 'bench';

/** This server with an encoder, in processes of its own. */
export interface OwnServer extends Contestant {
  callers: Callers;
  /** Passes of the encoder since the start, and their time in milliseconds. */
  passes(): Promise<{ count: number; ms: number }>;
}

export async function startOwnServer(precision: 'int8' | 'fp32'): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
  const config = join(folder, 'models.yaml');
  writeFileSync(config, `models: [{ name: minilm, path: ${ASSETS.encoder}, precision: ${precision} }]`);
  const server = new ServerProcess({
    TRUTHGPT_API_TOKEN: TOKEN,
    TRUTHGPT_CONFIG: config,
    LOG_LEVEL: 'INFO',
    CACHE_BACKEND: 'none',
    RATE_LIMIT_RPM: '1000000000',
    GRAPH_CACHE_DIR: 'off',
  });
  const url = await server.url();
  await waitFor(async () => (await fetch(`${url}/ready`)).status === 200, 60_000);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const callers = new Callers({ url: `${url}/v1/embeddings`, headers, model: 'minilm' });
  return {
    name: precision,
    callers,
    loop: (...args) => callers.loop(...args),
    passes: async () => {
      const metrics = await (await fetch(`${url}/metrics`, { headers })).text();
      const of = (field: string): number =>
        Number(
          new RegExp(`^inference_step_seconds_${field}\\{[^}]*kind="encode"[^}]*\\} (\\S+)`, 'm').exec(metrics)![1],
        );
      return { count: of('count'), ms: 1000 * of('sum') };
    },
    close: async () => {
      callers.close();
      server.child.kill();
      await server.exit();
      rmSync(folder, { recursive: true });
    },
  };
}
