import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { freePort } from '../../support/redis.ts';
import { isUp, waitFor } from '../../support/server.ts';
import type { BuiltImage } from './image-build.ts';

/** The process that `docker run` would start: the image's entry point, with its variables and as its user. */
export class ImageProcess implements AsyncDisposable {
  private output = '';
  readonly url: string;

  private readonly image: BuiltImage;
  private readonly env: Record<string, string>;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;

  private constructor(
    image: BuiltImage,
    env: Record<string, string>,
    child: ChildProcessByStdio<null, Readable, Readable>,
  ) {
    this.image = image;
    this.env = env;
    this.child = child;
    this.url = `http://127.0.0.1:${env.PORT}`;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  /** Starts it on a free port, and waits until it is ready. */
  static async start(image: BuiltImage): Promise<ImageProcess> {
    const env = { ...image.env, PORT: String(await freePort()) };
    for (const [name, value] of Object.entries(env)) {
      if (value.startsWith('/')) Object.assign(env, { [name]: join(image.root, value) });
    }
    const [uid, gid] = image.user.split(':').map(Number) as [number, number];
    const child = spawn(process.execPath, image.entrypoint.slice(1), {
      cwd: join(image.root, image.workdir),
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(process.getuid?.() === 0 && { uid, gid }),
    });
    const server = new ImageProcess(image, env, child);
    await waitFor(async () => (await isUp(`${server.url}/readyz`)) || child.exitCode !== null);
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${server.output}`);
    return server;
  }

  /** Sends a request with the token that the server generated and logged. */
  infer(prompt: string): Promise<Response> {
    const token = /this run's token is ([\w-]+)/.exec(this.output)?.[1];
    const body = JSON.stringify({ prompt, params: { max_new_tokens: 8 } });
    return fetch(`${this.url}/v1/infer`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });
  }

  /** The status of the image's health check. */
  healthcheck(): number | null {
    return spawnSync(process.execPath, this.image.healthcheck.slice(1), { env: this.env }).status;
  }

  async stop(signal: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }> {
    this.child.kill(signal);
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return { code: this.child.exitCode, signal: this.child.signalCode };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }
}
