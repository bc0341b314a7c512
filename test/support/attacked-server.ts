import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ServerProcess } from './server-process.ts';

/** Callers of an attacked server: two keys. Addresses without a key are those of `from`. */
export const KEYS = { attacker: 'attacker-token', neighbour: 'neighbour-token' } as const;

/** The longest that a callback of the server's event loop may take, in milliseconds of thread CPU time. */
export const MAX_CALLBACK_MS = 50;

/**
 * Options of tests that bound the CPU time of one callback: a busy machine can only add to it (its caches and cores are shared), so the
 * least of three counts.
 */
export const LEAST_OF_THREE = { retry: 2 } as const;

/** Bounds of the attacks: a short form for every day, and the whole one (`ATTACKS=full`). */
export const IS_FULL = process.env.ATTACKS === 'full';

interface Measurement {
  /** The callback that took the most thread CPU time since the last measurement. */
  longest: { ms: number; type: string };
  /** Thread CPU time of the event loop since its start. */
  cpuMs: number;
  rss: number;
  heapUsed: number;
  external: number;
}

interface Call {
  method?: string;
  /** Default: none. */
  token?: string;
  /** The address that the call comes from; default 127.0.0.1. */
  from?: string;
  headers?: Record<string, string>;
  body?: string | Buffer | object;
}

export interface Outcome {
  status: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
  ms: number;
}

/** A server in a process of its own that measures itself; see callback-monitor.mjs. */
export class AttackedServer {
  url = '';
  private readonly agent = new Agent({ keepAlive: true, maxSockets: Infinity });

  readonly server: ServerProcess;
  private readonly folder: string;

  private constructor(server: ServerProcess, folder: string) {
    this.server = server;
    this.folder = folder;
  }

  /** @param keys fields of the two keys beside name and digest, as lines of YAML */
  static async start(
    env: Record<string, string> = {},
    keys: Partial<Record<keyof typeof KEYS, string>> = {},
  ): Promise<AttackedServer> {
    const monitor = resolve(import.meta.dirname, 'callback-monitor.mjs');
    const folder = mkdtempSync(join(tmpdir(), 'frontier-attack-'));
    const keysPath = join(folder, 'keys.yaml');
    writeFileSync(keysPath, keysFile(keys));
    const variables = { API_KEYS_FILE: keysPath, CACHE_BACKEND: 'none', ...env };
    const server = new ServerProcess(variables, ['--import', monitor], { hasChannel: true });
    const attacked = new AttackedServer(server, folder);
    attacked.url = await server.ready();
    await attacked.measure();
    return attacked;
  }

  async measure(): Promise<Measurement> {
    this.server.child.send!('measure');
    const [measured] = (await once(this.server.child, 'message')) as [Measurement];
    return measured;
  }

  /** Polls `/livez` while a function runs; returns the slowest response in milliseconds. For figures, not for bounds. */
  async stallDuring(work: () => Promise<unknown>): Promise<number> {
    let slowest = 0;
    const done = new AbortController();
    const probing = (async () => {
      while (!done.signal.aborted) {
        const { ms } = await this.call('/livez', { method: 'GET' });
        slowest = Math.max(slowest, ms);
        await new Promise((tick) => setTimeout(tick, 20));
      }
    })();
    try {
      await work();
    } finally {
      done.abort();
      await probing;
    }
    return Math.round(slowest);
  }

  call(path: string, { method = 'POST', token, from, headers = {}, body }: Call = {}): Promise<Outcome> {
    const content =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const startedAt = performance.now();
    const { promise, resolve: settle, reject } = Promise.withResolvers<Outcome>();
    const outgoing = request(
      this.url + path,
      {
        method,
        agent: this.agent,
        localAddress: from,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(content === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          settle({
            status: response.statusCode!,
            body: Buffer.concat(chunks).toString(),
            headers: response.headers,
            ms: performance.now() - startedAt,
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(content);
    return promise;
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    this.server.child.kill('SIGKILL');
    await this.server.exit();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function keysFile(keys: Partial<Record<keyof typeof KEYS, string>>): string {
  const entries = Object.entries(KEYS).map(([name, token]) => {
    const sha256 = createHash('sha256').update(token).digest('hex');
    return `  - name: ${name}\n    sha256: ${sha256}\n${keys[name as keyof typeof KEYS] ?? ''}`;
  });
  return `keys:\n${entries.join('')}`;
}
