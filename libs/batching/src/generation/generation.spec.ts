import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Generation } from './generation.js';
import type { GenerationEnd, GenerationEvent } from './generation-event.js';

const piece = (text: string): GenerationEvent => ({ index: 0, text, generated: 1 });
const signal = (): AbortSignal => new AbortController().signal;

function aGeneration(limits = { queueTimeoutMs: 1000, runTimeoutMs: 5000 }): {
  generation: Generation;
  end: () => GenerationEnd | undefined;
} {
  let end: GenerationEnd | undefined;
  const queueTimeout = (): Error => Object.assign(new Error('waited too long'), { code: 'queue_timeout' });
  const generation = new Generation(limits, queueTimeout);
  generation.onEnd((ended) => (end = ended));
  return { generation, end: () => end };
}

async function textOf(events: AsyncIterable<GenerationEvent>): Promise<string> {
  let joined = '';
  for await (const { text } of events) joined += text;
  return joined;
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
    const { generation, end } = aGeneration();
    const leaver = new AbortController();
    const first = generation.subscribe(leaver.signal);
    const second = generation.subscribe(signal());
    generation.push(piece('a'));
    await Promise.all([first.next(), second.next()]);
    leaver.abort();
    expect(end()).toBeUndefined();
    await expect(first.next()).rejects.toMatchObject({ code: 'request_aborted' });
    generation.push(piece('b'));
    expect((await second.next()).value?.text).toBe('b');
    await second.return();
    expect(end()?.kind).toBe('abandoned');
  });

  it('is left at once by an abort, though nobody reads on', async () => {
    const { generation, end } = aGeneration();
    const leaver = new AbortController();
    generation.push(piece('a'));
    await generation.subscribe(leaver.signal).next();
    leaver.abort();
    expect(end()?.kind).toBe('abandoned');
  });

  it('is followed from the moment of asking, before anything is read', async () => {
    const { generation, end } = aGeneration();
    const leaver = new AbortController();
    generation.subscribe(leaver.signal);
    const second = generation.subscribe(signal());
    leaver.abort();
    expect(end()).toBeUndefined();
    generation.push(piece('a'));
    expect((await second.next()).value?.text).toBe('a');
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
    const { generation, end } = aGeneration();
    const error = generation
      .subscribe(signal())
      .next()
      .catch((thrown: unknown) => thrown);
    vi.advanceTimersByTime(1000);
    expect(await error).toMatchObject({ code: 'queue_timeout' });
    expect(end()).toEqual({ kind: 'abandoned', hasStalled: false });
  });

  it('fails when it runs too long, its wait included, and tells whether it was stuck', async () => {
    for (const lastPieceMs of [4000, 1000]) {
      const { generation, end } = aGeneration();
      const events = generation.subscribe(signal());
      const first = events.next();
      vi.advanceTimersByTime(900);
      generation.begin();
      vi.advanceTimersByTime(lastPieceMs - 900);
      generation.push(piece('a'));
      await first;
      vi.advanceTimersByTime(4999 - lastPieceMs);
      expect(end()).toBeUndefined();
      vi.advanceTimersByTime(1);
      await expect(events.next()).rejects.toMatchObject({ code: 'deadline_exceeded', status: 504 });
      expect(end()).toEqual({ kind: 'abandoned', hasStalled: lastPieceMs === 1000 });
    }
  });

  it('gives everyone the same time, also those who come late', async () => {
    const { generation, end } = aGeneration();
    const early = generation.subscribe(signal()).next();
    const lateness = early.catch((thrown: unknown) => thrown);
    generation.begin();
    vi.advanceTimersByTime(4000);
    const joiner = generation.subscribe(signal());
    vi.advanceTimersByTime(1000);
    expect(await lateness).toMatchObject({ code: 'deadline_exceeded' });
    generation.push(piece('a'));
    expect((await joiner.next()).value?.text).toBe('a');
    expect(end()).toBeUndefined();
    await joiner.return();
  });

  it('tells a caller whose time is up whether it waited or ran', async () => {
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    const waiting = aGeneration().generation;
    await expect(waiting.subscribe(late).next()).rejects.toMatchObject({ code: 'queue_timeout' });
    const running = aGeneration().generation;
    running.begin();
    await expect(running.subscribe(late).next()).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });
});
