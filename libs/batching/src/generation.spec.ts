import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Generation, type GenerationEnd, type GenerationEvent } from './generation.js';

const piece = (text: string): GenerationEvent => ({ index: 0, text });
const signal = (): AbortSignal => new AbortController().signal;

function aGeneration(limits = { queueTimeoutMs: 1000, runTimeoutMs: 5000 }): {
  generation: Generation;
  cancelled: () => number;
  end: () => GenerationEnd | undefined;
} {
  let cancelled = 0;
  let end: GenerationEnd | undefined;
  const queueTimeout = (): Error => Object.assign(new Error('waited too long'), { code: 'queue_timeout' });
  const generation = new Generation(limits, { queueTimeout, onCancelled: () => cancelled++ });
  generation.onEnd((ended) => (end = ended));
  return { generation, cancelled: () => cancelled, end: () => end };
}

async function textOf(events: AsyncIterable<GenerationEvent>): Promise<string> {
  return (await Array.fromAsync(events, ({ text }) => text)).join('');
}

describe(Generation.name, () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => vi.useRealTimers());

  it('gives everyone all events, those who come late the first ones at once', async () => {
    const { generation, end } = aGeneration();
    const early = textOf(generation.subscribe(signal()));
    generation.push(piece('a'));
    generation.push(piece('b'));
    const late = generation.subscribe(signal());
    expect([(await late.next()).value?.text, (await late.next()).value?.text]).toEqual(['a', 'b']);
    generation.push(piece('c'));
    generation.finish();
    expect([await early, await textOf(late), await textOf(generation.subscribe(signal()))]).toEqual([
      'abc',
      'c',
      'abc',
    ]);
    expect(end()).toMatchObject({ kind: 'finished', events: [piece('a'), piece('b'), piece('c')] });
  });

  it('goes on when one of several leaves, and is cancelled when the last does', async () => {
    const { generation, cancelled, end } = aGeneration();
    const leaver = new AbortController();
    const first = generation.subscribe(leaver.signal);
    const second = generation.subscribe(signal());
    generation.push(piece('a'));
    await Promise.all([first.next(), second.next()]);
    leaver.abort();
    expect(cancelled()).toBe(0);
    await expect(first.next()).rejects.toMatchObject({ code: 'request_aborted' });
    generation.push(piece('b'));
    expect((await second.next()).value?.text).toBe('b');
    await second.return();
    expect([cancelled(), end()?.kind]).toEqual([1, 'abandoned']);
  });

  it('is left at once by an abort, though nobody reads on', async () => {
    const { generation, cancelled } = aGeneration();
    const leaver = new AbortController();
    generation.push(piece('a'));
    await generation.subscribe(leaver.signal).next();
    leaver.abort();
    expect(cancelled()).toBe(1);
  });

  it('gives everyone the error next when it fails, not what is unread', async () => {
    const { generation } = aGeneration();
    const events = [generation.subscribe(signal()), generation.subscribe(signal())];
    const waiting = events.map((follower) => follower.next());
    generation.push(piece('a'));
    generation.push(piece('b'));
    await Promise.all(waiting);
    generation.fail(new Error('broken'));
    for (const follower of events) await expect(follower.next()).rejects.toThrow('broken');
  });

  it('fails when it waits too long', async () => {
    const { generation, cancelled } = aGeneration();
    const next = generation.subscribe(signal()).next();
    const failed = expect(next).rejects.toMatchObject({ code: 'queue_timeout' });
    vi.advanceTimersByTime(1000);
    await failed;
    expect(cancelled()).toBe(1);
  });

  it('fails when it runs too long, its wait included', async () => {
    const { generation, end } = aGeneration();
    vi.advanceTimersByTime(900);
    generation.schedule();
    vi.advanceTimersByTime(4099);
    expect(end()).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(end()).toMatchObject({ kind: 'failed', error: { code: 'deadline_exceeded', status: 504 } });
  });

  it('tells a caller whose time is up whether it waited or ran', async () => {
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    const waiting = aGeneration().generation;
    await expect(waiting.subscribe(late).next()).rejects.toMatchObject({ code: 'queue_timeout' });
    const running = aGeneration().generation;
    running.schedule();
    await expect(running.subscribe(late).next()).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });
});
