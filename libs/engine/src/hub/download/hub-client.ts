import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError, messageOf } from '@frontier/errors';
import { HubError, hubError } from '../reference/hub-error.js';
import type { HubSettings } from '../reference/hub-settings.js';
import { Silence } from './silence.js';

/** The status where a part was asked for that the file does not have. */
const NO_SUCH_PART = 416;
const TRIES = 5;
const MAX_REDIRECTS = 5;
/** A hub that wants to be left alone for longer is left alone. */
const MAX_RETRY_AFTER_MS = 20_000;
/** The description of a repository of 10,000 files takes 2 MB. */
const MAX_JSON_BYTES = 16 * 2 ** 20;

/** What a hub has answered; its `body` fails where the hub falls silent. */
export interface HubAnswer {
  status: number;
  headers: Headers;
  body: AsyncIterable<Uint8Array>;
}

/** Asks a hub, or the hosts that it sends to, and nobody else. The token goes to the hub alone. */
export class HubClient {
  constructor(
    readonly settings: HubSettings,
    /** Ends all requests. */
    private readonly signal: AbortSignal,
    /** How often a request is made that may succeed later. */
    private readonly tries = TRIES,
  ) {}

  /** The JSON below a path of the hub; tried again where that can help. Throws as {@link get}, and `HubError` where it is no JSON. */
  json(path: string, subject: string): Promise<unknown> {
    return this.retry(async () => {
      const { body } = await this.get(path, subject);
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > MAX_JSON_BYTES) throw hubError('damaged', `${subject}: the hub's answer has no end.`);
        chunks.push(chunk);
      }
      try {
        return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
      } catch (cause) {
        throw hubError('damaged', `${subject}: the hub's answer is no JSON; is HF_ENDPOINT the address of a hub?`, {
          cause,
        });
      }
    });
  }

  /**
   * Asks once, and follows where the hub sends.
   * @param subject for messages: what is asked for
   * @throws `HubError` where the answer is no 2xx, nor 416 to a range, where it takes too long, and where it leads to another host than the hub may send to
   */
  async get(path: string, subject: string, headers: Record<string, string> = {}): Promise<HubAnswer> {
    const { endpoint, token, timeoutMs } = this.settings;
    const silence = new Silence(timeoutMs, this.signal);
    try {
      let url = new URL(endpoint + path);
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        const isHub = url.origin === new URL(endpoint).origin;
        const response = await fetch(url, {
          // Of bytes that are compressed on the way, no part can be asked for.
          headers: {
            'accept-encoding': 'identity',
            ...headers,
            ...(isHub && token !== undefined && { authorization: `Bearer ${token}` }),
          },
          redirect: 'manual',
          signal: silence.ending,
        });
        const location = response.headers.get('location');
        if (response.status < 300 || response.status >= 400 || location === null) {
          if (response.status !== NO_SUCH_PART || !('range' in headers)) this.assertFound(response, subject);
          return { status: response.status, headers: response.headers, body: bodyOf(response, silence, subject) };
        }
        await response.body?.cancel();
        url = this.redirected(url, location, subject);
      }
      throw hubError('unreachable', `${subject}: the hub sends in circles.`);
    } catch (error) {
      silence.end();
      throw this.signal.aborted ? this.signal.reason : asHubError(error, subject);
    }
  }

  /** Tries again, later each time, what may succeed then. */
  async retry<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        const { retryAfterMs } = error as Partial<HubError>;
        const mayTry = error instanceof HubError && error.retryable && (retryAfterMs ?? 0) <= MAX_RETRY_AFTER_MS;
        if (!mayTry || tries >= this.tries) throw error;
        const delayMs = this.settings.retryDelayMs * 2 ** (tries - 1);
        await sleep(Math.max(retryAfterMs ?? 0, delayMs), undefined, { signal: this.signal });
      }
    }
  }

  private redirected(from: URL, location: string, subject: string): URL {
    const { endpoint, redirectHosts } = this.settings;
    const hub = new URL(endpoint);
    const url = URL.parse(location, from);
    const isAllowed =
      url !== null &&
      url.username === '' &&
      url.password === '' &&
      (url.origin === hub.origin ||
        ((url.protocol === 'https:' || url.protocol === hub.protocol) &&
          redirectHosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`))));
    if (isAllowed) return url;
    throw hubError(
      'refused_address',
      `${subject}: ${hub.host} sends to ${url?.host ?? 'no address'}, which is not one of its hosts. If that is right, list it in HUB_REDIRECT_HOSTS.`,
    );
  }

  private assertFound({ status, headers, body }: Response, subject: string): void {
    if (status >= 200 && status < 300) return;
    void body?.cancel();
    const { endpoint, token } = this.settings;
    const code = headers.get('x-error-code') ?? '';
    if (status === 404 || code === 'RepoNotFound') {
      const hint = token === undefined ? ' If it is private, set HF_TOKEN.' : '';
      throw hubError('not_found', `${subject} is not on ${endpoint}.${hint}`);
    }
    if (status === 401 || status === 403) {
      const hint =
        code === 'GatedRepo'
          ? `Accept its terms on its page at ${endpoint}, with the account that HF_TOKEN is of.`
          : token === undefined
            ? 'Set HF_TOKEN to a token that may read it.'
            : 'HF_TOKEN is wrong, has expired, or may not read it.';
      throw hubError('forbidden', `${subject}: ${endpoint} does not give it (${status}). ${hint}`);
    }
    const seconds = /^\d{1,9}$/.exec(headers.get('retry-after') ?? '')?.[0];
    throw hubError('unreachable', `${subject}: ${endpoint} answers with ${status}. Try again later.`, {
      retryable: status === 429 || status === 408 || status >= 500,
      ...(seconds !== undefined && { retryAfterMs: 1000 * Number(seconds) }),
    });
  }
}

async function* bodyOf(response: Response, silence: Silence, subject: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) {
      // What is done with it takes its own time.
      silence.pause();
      yield chunk as Uint8Array;
      silence.resume();
    }
  } catch (error) {
    throw asHubError(error, subject);
  } finally {
    silence.end();
  }
}

/** A fault of the connection, in a line with its cause. */
function asHubError(error: unknown, subject: string): unknown {
  if (isAppError(error)) return error;
  const { cause } = error as Error;
  return hubError('unreachable', `${subject}: the hub cannot be reached: ${messageOf(cause ?? error)}.`, {
    retryable: true,
    cause: error,
  });
}
