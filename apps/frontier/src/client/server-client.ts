import { readFileSync } from 'node:fs';
import { CommandError } from '../cli/command-error.js';
import type { Context } from '../cli/context.js';
import { EXIT, type ExitCode } from '../cli/exit-codes.js';
import { askSecret } from '../terminal/prompt.js';

const DEFAULT_URL = 'http://127.0.0.1:8080';
/** What a server accepts on loopback where nothing else was set. */
const WELL_KNOWN_KEY = 'changeme';

interface Request {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

/** Calls a running server. */
export class ServerClient {
  /** @param askKey asks whoever sits at the terminal, once, where the first request is refused */
  constructor(
    readonly url: string,
    private key: string,
    private askKey?: () => Promise<string>,
  ) {}

  /** The server that a command is to talk to: `--url`, or the one on this machine; its key is never an argument. */
  static of({ terminal, options, env }: Context): ServerClient {
    const url = (options.url ?? (env.FRONTIER_URL || DEFAULT_URL)).replace(/\/+$/, '');
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
      throw new CommandError(`--url "${url}" is no address of a server.`, {
        code: 'usage',
        exitCode: EXIT.usage,
        hints: [['Such as', `--url ${DEFAULT_URL}`]],
      });
    }
    const askKey = terminal.canAsk && !terminal.isJson ? () => askSecret(terminal, `Key of ${url}:`) : undefined;
    return new ServerClient(url, keyOf(options.keyFile, env), askKey);
  }

  /** Whether somebody answers there. */
  async isUp(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/livez`, { signal: AbortSignal.timeout(2000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  async json<T>(path: string, request: Request = {}): Promise<T> {
    return (await (await this.send(path, request)).json()) as T;
  }

  /** A response that is good. @throws a `CommandError` that says what to do */
  async send(path: string, request: Request = {}): Promise<Response> {
    const response = await this.fetch(path, request);
    const { askKey } = this;
    this.askKey = undefined;
    if (response.status === 401 && askKey) {
      this.key = await askKey();
      return this.send(path, request);
    }
    if (!response.ok) throw await this.refusal(response);
    return response;
  }

  private async fetch(path: string, { method = 'GET', body, signal }: Request): Promise<Response> {
    const init: RequestInit = {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    };
    return fetch(this.url + path, init).catch((error: unknown) => {
      throw signal?.aborted ? error : this.notReachable(error);
    });
  }

  private notReachable(cause: unknown): CommandError {
    const reason = ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error).message;
    return new CommandError(`no server answers at ${this.url} (${reason}).`, {
      code: 'not_reachable',
      exitCode: EXIT.notReachable,
      hints: [
        ['Start one', 'frontier serve'],
        ['Another one', '--url <server>'],
      ],
      cause,
    });
  }

  private async refusal(response: Response): Promise<CommandError> {
    const { status } = response;
    const { code, message } = problemOf(await response.text());
    if (status === 401 || status === 403) {
      return new CommandError(status === 401 ? `the server at ${this.url} refuses the key.` : message, {
        code,
        exitCode: EXIT.notAllowed,
        hints: [
          ['A key', 'FRONTIER_KEY=<key> frontier …'],
          ['Of a file', '--key-file <file>'],
        ],
      });
    }
    const hint = status === 404 ? (['All', 'frontier list'] as const) : (['The server', `${this.url}/readyz`] as const);
    const exitCode: ExitCode = EXIT_OF_STATUS[status] ?? EXIT.failed;
    return new CommandError(message, { code, exitCode, hints: [hint] });
  }
}

const EXIT_OF_STATUS: Readonly<Record<number, ExitCode>> = {
  404: EXIT.notFound,
  409: EXIT.noRoom,
  502: EXIT.notReachable,
  507: EXIT.noRoom,
};

function keyOf(keyFile: string | undefined, env: Context['env']): string {
  if (keyFile !== undefined) {
    try {
      return readFileSync(keyFile, 'utf8').trim();
    } catch (cause) {
      throw new CommandError(`--key-file ${keyFile} cannot be read.`, {
        code: 'usage',
        exitCode: EXIT.notFound,
        hints: [['Instead', 'FRONTIER_KEY=<key> frontier …']],
        cause,
      });
    }
  }
  return env.FRONTIER_KEY || env.TRUTHGPT_API_TOKEN || WELL_KNOWN_KEY;
}

/** Code and message of an error in any of the formats that the server has. */
function problemOf(text: string): { code: string; message: string } {
  try {
    const body = JSON.parse(text) as { code?: string; detail?: string; error?: { code?: string; message?: string } };
    return {
      code: body.code ?? body.error?.code ?? 'failed',
      message: body.detail ?? body.error?.message ?? text.slice(0, 200),
    };
  } catch {
    return { code: 'failed', message: text.slice(0, 200) || 'the server gave no reason' };
  }
}
