import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpRequest, HttpResponse } from './http-exchange.js';
import { type RequestDeadline, requestDeadline } from './request-deadline.js';

describe(requestDeadline, () => {
  let raw: EventEmitter & { writableFinished: boolean; destroyed: boolean };
  beforeEach(() => {
    vi.useFakeTimers();
    raw = Object.assign(new EventEmitter(), { writableFinished: false, destroyed: false });
  });
  afterEach(() => vi.useRealTimers());
  const deadline = (timeoutMs?: string): RequestDeadline => {
    const request = { headers: { 'x-request-timeout-ms': timeoutMs } } as unknown as HttpRequest;
    return requestDeadline(request, { raw } as unknown as HttpResponse);
  };

  it('never ends without a header while the caller stays', () => {
    const { at, signal } = deadline();
    vi.advanceTimersByTime(1e9);
    expect([at, signal.aborted]).toEqual([Infinity, false]);
  });

  it('ends after the time of the header, as a timeout', () => {
    const { at, signal } = deadline('50');
    expect(at - performance.now()).toBe(50);
    vi.advanceTimersByTime(49);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('ends when the caller leaves, which is no timeout', () => {
    const { signal } = deadline('50');
    raw.emit('close');
    expect(signal.reason).toMatchObject({ name: 'AbortError' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not end with a response that was sent whole', () => {
    const { signal } = deadline('50');
    raw.writableFinished = true;
    raw.emit('close');
    vi.advanceTimersByTime(100);
    expect(signal.aborted).toBe(false);
  });

  it('is over where the caller has left before', () => {
    raw.destroyed = true;
    expect(deadline().signal.aborted).toBe(true);
  });

  it('is bounded by the longest time that a timer can hold', () => {
    const { signal } = deadline('9999999999');
    vi.advanceTimersByTime(1000);
    expect(signal.aborted).toBe(false);
  });

  it.each(['0', '', '-5', '1.5', '1e3', 'soon', '99999999999'])('refuses the header %j', (timeoutMs) => {
    expect(() => deadline(timeoutMs)).toThrow(expect.objectContaining({ code: 'invalid_request', status: 422 }));
  });
});
