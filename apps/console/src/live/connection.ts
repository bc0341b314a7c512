import { effect, signal, untracked } from '@preact/signals';
import { ApiError, send } from '../session/api.js';
import { keyNumber, keyState } from '../session/key.js';
import { readEvents } from '../session/sse.js';
import type { Bye } from './live-events.js';
import { clear, receive } from './live-store.js';

export type Connection =
  | { phase: 'idle' | 'connecting' }
  | { phase: 'open' }
  /** `reason` is that of the stream's end; `refusal` what the server said instead of a stream. */
  | { phase: 'lost'; lastHeardAt: number | null; retryAt: number; reason: string | null; refusal: string | null }
  /** The server has no live stream, or none for this key. */
  | { phase: 'none' };

export const connection = signal<Connection>({ phase: 'idle' });

/** Comments come after 10 quiet seconds: a stream that is quiet for longer is dead. */
const SILENCE_MS = 11_000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;

let abort: AbortController | undefined;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let retryMs = FIRST_RETRY_MS;
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
      retryMs = FIRST_RETRY_MS;
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
  // While it tries again, what was said of the loss stays.
  if (connection.value.phase !== 'lost') connection.value = { phase: 'connecting' };
  let bye: Bye | undefined;
  let refusal: string | null = null;
  try {
    bye = await listen(controller);
  } catch (error) {
    if (controller !== abort || keyState.value !== 'given') return;
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) {
      connection.value = { phase: 'none' };
      return;
    }
    if (error instanceof ApiError && error.status > 0) refusal = error.message;
  }
  if (controller !== abort || keyState.value !== 'given') return;
  const waitMs = bye?.retry_ms ?? retryMs;
  retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  const reason = bye?.reason ?? null;
  connection.value = { phase: 'lost', lastHeardAt, retryAt: Date.now() + waitMs, reason, refusal };
  retryTimer = setTimeout(reconnect, waitMs);
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
    for await (const { event, data } of readEvents(response.body!)) {
      heard();
      if (event === 'bye') return JSON.parse(data) as Bye;
      receive(event, data);
      if (event !== 'hello') continue;
      connection.value = { phase: 'open' };
      retryMs = FIRST_RETRY_MS;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
