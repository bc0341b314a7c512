import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../cli/command-error.js';
import { EXIT } from '../cli/exit-codes.js';
import { ServerClient } from '../client/server-client.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
const STOP_TIMEOUT_MS = 3000;

/** A server that a command starts for itself, on a free port, with a key that nobody else has; it ends with the command. */
export class OwnServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly client: ServerClient,
  ) {}

  /** @param model as `frontier serve` takes it; without one, the bundled model */
  static async start(
    model: string | undefined,
    env: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
  ): Promise<OwnServer> {
    const key = randomBytes(24).toString('base64url');
    const args = [MAIN, 'serve', ...(model === undefined ? [] : [model]), '--port', '0', '--host', '127.0.0.1'];
    const child = spawn(process.execPath, args, {
      env: { ...env, TRUTHGPT_API_TOKEN: key, TRUTHGPT_CONFIG: '', API_KEYS_FILE: '', DATA_DIR: '' },
      // A channel tells it when this process is gone; its own group, that Ctrl-C is not meant for it.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    try {
      const client = new ServerClient(await listening(child), key);
      // From here on it is ended by name.
      child.unref();
      child.channel?.unref();
      return new OwnServer(child, client);
    } catch (error) {
      stop();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await once(this.child, 'exit');
    clearTimeout(timer);
  }
}

/** The address that a server logs when it listens. */
async function listening(child: ChildProcess): Promise<string> {
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  // Read to the end: a full pipe would hold it up.
  const lines = createInterface({ input: child.stdout! });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  lines.on('line', (line) => {
    const url = /"msg":"Listening on (http\S+) /.exec(line)?.[1];
    if (url !== undefined) resolve(url);
  });
  child.once('exit', (code) => {
    const message = errors
      .replace(/^error: /, '')
      .split('\n')[0]
      .trim();
    const exitCode = [EXIT.usage, EXIT.notFound, EXIT.noRoom, EXIT.notSupported].find((known) => known === code);
    reject(
      new CommandError(message || `a server of its own ended with ${code}.`, {
        code: 'server_failed',
        exitCode: exitCode ?? EXIT.failed,
        hints: [['See why', 'frontier serve']],
      }),
    );
  });
  return promise;
}
