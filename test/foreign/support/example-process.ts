import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../support/server.ts';

/** JSON whose shape the test asserts. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

/** A response of an example. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Parsed JSON; `undefined` where it is none. */
  body: Json;
}

/** An example that runs in a process of its own. */
export class ExampleProcess {
  output = '';
  url = '';
  private readonly child: ChildProcess;
  private readonly data = mkdtempSync(join(tmpdir(), 'frontier-example-'));

  private constructor(folder: string, env: Record<string, string>) {
    this.child = spawn(process.execPath, ['dist/main.js'], {
      cwd: folder,
      env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: this.data, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  static async start(folder: string, env: Record<string, string> = {}): Promise<ExampleProcess> {
    const example = new ExampleProcess(folder, env);
    const listening = /http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost):\d+/;
    await waitFor(() => listening.test(example.output) || example.child.exitCode !== null, 60_000);
    if (example.child.exitCode !== null) throw new Error(example.output);
    [example.url] = listening.exec(example.output)!;
    await waitFor(async () => (await example.call('GET', '/ready')).status === 200, 60_000);
    return example;
  }

  async call(
    method: 'GET' | 'POST',
    path: string,
    { token, body, headers }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(this.url + path, {
      method,
      ...(content === undefined ? {} : { body: content }),
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    rmSync(this.data, { recursive: true, force: true });
  }
}
