import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../cli/command-error.js';
import type { Variables } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { ServerClient } from '../client/server-client.js';
import type { ListeningMessage } from '../serve/listening-message.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
const STOP_TIMEOUT_MS = 3000;
const MAX_ERROR_LENGTH = 10_000;

/** Variables that only the user's own server gets: for shared state, access, storage, callbacks and logs. */
const NOT_TAKEN_OVER =
  /^(TRUTHGPT_CONFIG|MODELS_DIR|API_KEYS_FILE|DATA_DIR|CACHE_BACKEND|\w*REDIS_URL|WEBHOOK_\w+|ENABLE_TRACING|LOG_LEVEL|ENVIRONMENT|DRAIN_\w+|RATE_LIMIT_\w+|TOKENS_PER_MINUTE|TRUST_PROXY|FRONTIER_\w+)$/;

/** A server on a free port for one command, with a key of its own; it ends with the command. */
export class OwnServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly client: ServerClient,
  ) {}

  /** @param model as `frontier serve` takes it; without one, the bundled model */
  static async start(model: string | undefined, env: Variables, signal: AbortSignal): Promise<OwnServer> {
    const key = randomBytes(24).toString('base64url');
    const args = [MAIN, 'serve', ...(model === undefined ? [] : [model]), '--port', '0', '--host', '127.0.0.1'];
    const child = spawn(process.execPath, args, {
      env: {
        ...Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_TAKEN_OVER.test(name))),
        TRUTHGPT_API_TOKEN: key,
      },
      // The channel ends it with this process; a group of its own keeps Ctrl-C from it.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    try {
      const client = new ServerClient(await listening(child), key);
      // From here on `stop` ends it.
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
    if (this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await once(this.child, 'exit');
    clearTimeout(timer);
  }
}

/** The address that a server sends when it listens. */
async function listening(child: ChildProcess): Promise<string> {
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    if (errors.length < MAX_ERROR_LENGTH) errors += chunk.toString();
  });
  // A full pipe would stop the server: its log is read to the end.
  child.stdout!.resume();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.on('message', (message) => resolve((message as ListeningMessage).listening));
  child.on('error', (cause) => reject(failed(`a server of its own cannot be started: ${cause.message}.`, null, cause)));
  child.once('exit', (code) => {
    const [, message] = /^error: (.*)$/m.exec(errors) ?? [];
    reject(failed(message ?? `a server of its own ended with ${code}.`, code));
  });
  return promise;
}

function failed(message: string, code: number | null, cause?: unknown): CommandError {
  const exitCode = [EXIT.usage, EXIT.notFound, EXIT.notReachable, EXIT.notAllowed, EXIT.noRoom, EXIT.notSupported].find(
    (known) => known === code,
  );
  return new CommandError(message, {
    code: 'server_failed',
    exitCode: exitCode ?? EXIT.failed,
    hints: [['See why', 'frontier serve']],
    cause,
  });
}
