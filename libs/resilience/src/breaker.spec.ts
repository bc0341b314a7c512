import { BadRequestException } from '@nestjs/common';
import { AppError } from '@frontier/errors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Breaker } from './breaker.js';
import { type BreakerStateChange, breakerStateChannel } from './breaker-state.js';

const options = { failureThreshold: 3, openMs: 1000, halfOpenProbes: 2 };
const fault = (): AppError => new AppError('it broke', { code: 'engine_error', status: 500 });

function fail(breaker: Breaker, error: unknown = fault()): void {
  breaker.admit().fail(error);
}

function open(): Breaker {
  const breaker = new Breaker('model', options);
  for (let i = 0; i < 3; i++) fail(breaker);
  expect(breaker.state).toBe('open');
  return breaker;
}

function halfOpen(): Breaker {
  const breaker = open();
  vi.advanceTimersByTime(1000);
  return breaker;
}

describe(Breaker.name, () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  it('opens after faults in a row, and tells when to come back', () => {
    const breaker = open();
    vi.advanceTimersByTime(300);
    expect(() => breaker.admit()).toThrow(expect.objectContaining({ code: 'circuit_open', retryAfterMs: 1000 }));
  });

  it('starts to count again after a success', () => {
    const breaker = new Breaker('model', options);
    for (let i = 0; i < 10; i++) {
      fail(breaker);
      fail(breaker);
      breaker.admit().succeed();
    }
    expect(breaker.state).toBe('closed');
  });

  it.each([
    ['mistakes', new AppError('your fault', { code: 'invalid_request', status: 422 })],
    ['mistakes that Nest tells', new BadRequestException('no')],
    ['leaving', new DOMException('gone', 'AbortError')],
    ['refusals for lack of capacity', new AppError('full', { code: 'overloaded', status: 503 })],
  ])("does not count callers' %s", (_, error) => {
    const breaker = new Breaker('model', options);
    for (let i = 0; i < 10; i++) fail(breaker, error);
    expect(breaker.state).toBe('closed');
  });

  it('counts a fault once, however many calls it ends', () => {
    const breaker = new Breaker('model', options);
    const shared = fault();
    const permits = Array.from({ length: 10 }, () => breaker.admit());
    for (const permit of permits) permit.fail(shared);
    expect(breaker.state).toBe('closed');
  });

  it('lets only so many probes through when half-open, and closes when all succeed', () => {
    const breaker = halfOpen();
    const probes = [breaker.admit(), breaker.admit()];
    expect(() => breaker.admit()).toThrow(expect.objectContaining({ code: 'circuit_open' }));
    probes[0].succeed();
    expect(() => breaker.admit()).toThrow('time to recover');
    probes[1].succeed();
    expect(breaker.state).toBe('closed');
  });

  it('opens again when a probe fails', () => {
    const breaker = halfOpen();
    const probes = [breaker.admit(), breaker.admit()];
    for (const probe of probes) probe.fail(fault());
    expect(breaker.state).toBe('open');
    expect(() => breaker.admit()).toThrow('time to recover');
  });

  it('does not hear how calls end that were let in before it opened', () => {
    const breaker = new Breaker('model', options);
    const early = [breaker.admit(), breaker.admit()];
    for (let i = 0; i < 3; i++) fail(breaker);
    vi.advanceTimersByTime(1000);
    const probe = breaker.admit();
    early[0].fail(fault());
    early[1].succeed();
    expect(breaker.state).toBe('half-open');
    probe.succeed();
    breaker.admit().succeed();
    expect(breaker.state).toBe('closed');
  });

  it('hands the place of a probe whose caller left to the next call', () => {
    const breaker = halfOpen();
    for (let i = 0; i < 5; i++) breaker.admit().abandon();
    expect(breaker.state).toBe('half-open');
    breaker.admit().succeed();
    breaker.admit().succeed();
    expect(breaker.state).toBe('closed');
  });

  it('passes results and errors through', async () => {
    const breaker = new Breaker('model', options);
    expect(await breaker.execute(() => Promise.resolve(7))).toBe(7);
    await expect(breaker.execute(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('publishes its state and its transitions, also where nobody calls', () => {
    const seen: BreakerStateChange[] = [];
    const listener = (message: unknown): void => void seen.push(message as BreakerStateChange);
    breakerStateChannel.subscribe(listener);
    const breaker = halfOpen();
    expect(seen.at(-1)).toMatchObject({ state: 'half-open' });
    breaker.admit().succeed();
    breaker.admit().succeed();
    breakerStateChannel.unsubscribe(listener);
    expect(seen.map(({ state }) => state)).toEqual(['closed', 'open', 'half-open', 'closed']);
  });

  it('publishes nothing where callers choose its name', () => {
    const heard: unknown[] = [];
    const hear = (message: unknown): void => void heard.push(message);
    breakerStateChannel.subscribe(hear);
    const breaker = new Breaker('https://a.caller.example', { ...options, isPublished: false });
    for (let i = 0; i < 3; i++) fail(breaker);
    breakerStateChannel.unsubscribe(hear);
    expect([breaker.state, heard]).toEqual(['open', []]);
  });
});
