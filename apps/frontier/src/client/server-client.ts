import { CommandError, type Hint } from '../cli/command-error.js';
import type { Context } from '../cli/context.js';
import { EXIT, type ExitCode } from '../cli/exit-codes.js';
import { askSecret } from '../terminal/prompt.js';
import { addressOf, checkedKey, keyOf } from './server-address.js';

/** The `service` in the answer of `GET /`. */
const SERVICE = 'Frontier-Model-Run Inference API';
/** A server that has just bound its port answers once its code is loaded. */
const CONNECT_TIMEOUT_MS = 10_000;
/** For a server that need not be there. */
const PROBE_TIMEOUT_MS = 2000;

const START_HINTS: readonly Hint[] = [
  ['Start one', 'frontier serve'],
  ['Another one', '--url <server>'],
];

interface Request {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

/** A client of a running server. */
export class ServerClient {
  /** @param askKey asks for a key at the terminal, once, when the first request is refused */
  constructor(
    readonly url: string,
    private key: string,
    private askKey?: (signal?: AbortSignal) => Promise<string>,
  ) {}

  /** The client for `--url`, or for the server on this machine. */
  static of({ terminal, options, env }: Context): ServerClient {
    const url = addressOf(options.url, env);
    const askKey =
      terminal.canAsk && !terminal.isJson
        ? async (signal?: AbortSignal) =>
            checkedKey(await askSecret(terminal, `Key of ${url}:`, signal), 'the key that was typed')
        : undefined;
    return new ServerClient(url, keyOf(options.keyFile, env, url), askKey);
  }

  /**
   * Checks that a Frontier server answers, without sending the key.
   * @throws `CommandError` with advice
   */
  async connect(signal?: AbortSignal, timeoutMs: number = CONNECT_TIMEOUT_MS): Promise<void> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${this.url}/`, {
      headers: { accept: 'application/json' },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    }).catch((error: unknown) => {
      throw signal?.aborted ? error : this.notReachable(error);
    });
    const text = await response.text().catch(() => '');
    if (!isOurs(text)) throw this.notOurs();
  }

  /** True where a Frontier server answers. */
  async isUp(signal?: AbortSignal): Promise<boolean> {
    try {
      await this.connect(signal, PROBE_TIMEOUT_MS);
      return true;
    } catch {
      signal?.throwIfAborted();
      return false;
    }
  }

  async json<T>(path: string, request: Request = {}): Promise<T> {
    return (await (await this.send(path, request)).json()) as T;
  }

  /** A successful response. @throws `CommandError` with advice */
  async send(path: string, request: Request = {}): Promise<Response> {
    const response = await this.fetch(path, request);
    const { askKey } = this;
    this.askKey = undefined;
    if (response.status === 401 && askKey) {
      this.key = await askKey(request.signal);
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

  /** Has the code of the cause only: messages of requests that were never sent quote headers. */
  private notReachable(cause: unknown): CommandError {
    const { code } = ((cause as Error).cause ?? {}) as NodeJS.ErrnoException;
    return new CommandError(`no server answers at ${this.url}${code === undefined ? '' : ` (${code})`}.`, {
      code: 'not_reachable',
      exitCode: EXIT.notReachable,
      hints: START_HINTS,
      cause,
    });
  }

  private notOurs(): CommandError {
    return new CommandError(`what answers at ${this.url} is no Frontier server.`, {
      code: 'not_frontier',
      exitCode: EXIT.notReachable,
      hints: START_HINTS,
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

/** Code and message of an error, in any of the server's formats. */
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

function isOurs(text: string): boolean {
  try {
    return (JSON.parse(text) as { service?: unknown } | null)?.service === SERVICE;
  } catch {
    return false;
  }
}
