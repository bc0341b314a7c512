import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { receive, serverNow } from './live-store.js';

const EMPTY = {
  models: {},
  server: { loop_ms: null, rss: null },
  cache: { hit: 0, miss: 0, coalesced: 0 },
  jobs: null,
};
const HELLO = { models: [], requests: [], notices: [], jobs: null, series: { step_ms: 1000, end: 0 } };

/** The server's clock runs a minute before the one here. */
const SERVER_AHEAD_MS = 60_000;

describe(serverNow, () => {
  let serverAheadMs = SERVER_AHEAD_MS;
  const ahead = (): number => serverNow() - Date.now();
  const tick = (lateMs = 0): void =>
    receive('tick', JSON.stringify({ ...EMPTY, at: Date.now() + serverAheadMs - lateMs }));
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    serverAheadMs = SERVER_AHEAD_MS;
    receive('hello', JSON.stringify({ ...HELLO, at: Date.now() + serverAheadMs - 300 }));
  });
  afterEach(() => void vi.useRealTimers());

  it('is that of the quickest event', () => {
    expect(ahead()).toBe(SERVER_AHEAD_MS - 300);
    tick();
    tick(200);
    expect(ahead()).toBe(SERVER_AHEAD_MS);
  });

  it('follows a clock that was set', () => {
    tick();
    serverAheadMs = -5000;
    for (let i = 0; i < 30; i += 1) tick(i % 3);
    expect(ahead()).toBe(-5000);
  });
});
