import { effect, signal, untracked } from '@preact/signals';
import { ApiError, send } from '../session/api.js';
import { keyNumber, keyState } from '../session/key.js';
import { readEvents } from '../session/sse.js';
import type { Bye } from './live-events.js';
import { clear, receive } from './live-store.js';

export type Connection =
  | { phase: 'idle' | 'connecting' }
  | { phase: 'open' }
  /** `reason` is why the server ended or refused the stream; `refusal` what it said instead of one. */
  | { phase: 'lost'; lastHeardAt: number | null; retryAt: number; reason: string | null; refusal: string | null }
  /** The server has no live stream, or none for this key. */
  | { phase: 'none' };

export const connection = signal<Connection>({ phase: 'idle' });

/** Comments come after 10 quiet seconds: a stream that is quiet for longer is dead. */
const SILENCE_MS = 11_000;
/** The first and the longest wait before it connects again. */
const LOST_RETRY_MS = [1000, 15_000] as const;
/** The same where there was no live stream: another version of the server, or another proxy, may have one. */
const NONE_RETRY_MS = [15_000, 60_000] as const;

let abort: AbortController | undefined;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let retryMs = 0;
let lastHeardAt: number | null = null;

/** Keeps the live stream open while there is a key, and opens it again when it was lost. */
export function keepConnected(): void {
  effect(() => {
    void keyNumber.value;
    const hasKey = keyState.value === 'given';
    untracked(() => {
      clearTimeout(retryTimer);
      abort?.abort();
      abort = undefined;
      clear();
      connection.value = { phase: 'idle' };
      retryMs = 0;
      if (hasKey) void connect();
    });
  });
  const retryNow = (): void => {
    if (connection.value.phase === 'lost' && document.visibilityState === 'visible') reconnect();
  };
  addEventListener('online', retryNow);
  document.addEventListener('visibilitychange', retryNow);
  addEventListener('offline', () => abort?.abort(new Error('offline')));
}

function reconnect(): void {
  clearTimeout(retryTimer);
  void connect();
}

async function connect(): Promise<void> {
  const controller = new AbortController();
  abort = controller;
  // While it tries again, what was said before stays.
  if (!isWaiting(connection.value)) connection.value = { phase: 'connecting' };
  let bye: Bye | undefined;
  let refusal: ApiError | undefined;
  try {
    bye = await listen(controller);
  } catch (error) {
    if (error instanceof ApiError && error.status > 0) refusal = error;
  }
  if (controller !== abort || keyState.value !== 'given') return;
  // The key is gone or has other rights: what the server answers next says which.
  if (bye?.reason === 'key_revoked') return reconnect();
  const isNone = refusal?.status === 404 || refusal?.status === 403;
  const waitMs = bye?.retry_ms ?? nextWait(isNone ? NONE_RETRY_MS : LOST_RETRY_MS);
  retryTimer = setTimeout(reconnect, waitMs);
  connection.value = isNone ? { phase: 'none' } : lost(waitMs, bye, refusal);
}

const isWaiting = ({ phase }: Connection): boolean => phase === 'lost' || phase === 'none';

/** Twice the last wait, within bounds. */
function nextWait([first, last]: readonly [number, number]): number {
  retryMs = Math.min(Math.max(retryMs * 2, first), last);
  return retryMs;
}

function lost(waitMs: number, bye: Bye | undefined, refusal: ApiError | undefined): Connection {
  const refusedFor = refusal?.code === 'shutting_down' ? refusal.code : null;
  const reason = bye?.reason ?? refusedFor;
  return { phase: 'lost', lastHeardAt, retryAt: Date.now() + waitMs, reason, refusal: refusal?.message ?? null };
}

/** Receives events until the stream ends. */
async function listen(controller: AbortController): Promise<Bye | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = (): void => {
    lastHeardAt = Date.now();
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(new Error('silent')), SILENCE_MS);
  };
  try {
    timer = setTimeout(() => controller.abort(new Error('silent')), SILENCE_MS);
    const response = await send('/v1/live', { signal: controller.signal, headers: { accept: 'text/event-stream' } });
    for await (const { event, data } of readEvents(response.body!, heard)) {
      if (event === 'bye') return JSON.parse(data) as Bye;
      receive(event, data);
      if (event !== 'hello') continue;
      connection.value = { phase: 'open' };
      retryMs = 0;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
