import { describe, expect, it, onTestFinished } from 'vitest';
import { Generation } from './generation.js';
import type { GenerationEvent } from './generation-event.js';
import { GenerationReader } from './generation-reader.js';

const piece = (text: string): GenerationEvent => ({ index: 0, text, generated: 1 });
const signal = (): AbortSignal => new AbortController().signal;

function aGeneration(...texts: string[]): Generation {
  const generation = new Generation({ queueTimeoutMs: 60_000, runTimeoutMs: 60_000 }, () => new Error('late'));
  onTestFinished(() => generation.finish());
  for (const text of texts) generation.push(piece(text));
  return generation;
}

describe(GenerationReader, () => {
  it('waits for the first event, and still reads it', async () => {
    const generation = aGeneration();
    const reader = generation.subscribe(signal());
    const first = reader.firstEvent();
    generation.push(piece('a'));
    generation.finish();
    expect((await first).text).toBe('a');
    expect((await Array.fromAsync(reader)).map(({ text }) => text)).toEqual(['a']);
  });

  it('throws an error that comes before the first event from there', async () => {
    const generation = aGeneration();
    const first = generation.subscribe(signal()).firstEvent();
    generation.fail(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
  });

  it('shows observers each event as it is read, and the end once', async () => {
    const generation = aGeneration('a', 'b');
    const log: string[] = [];
    const onEnd = (): void => void log.push('end');
    const reader = generation.subscribe(signal(), { onEnd });
    reader.observe({ onEvent: ({ text }) => void log.push(text), onEnd });
    expect(log).toEqual([]);
    await reader.next();
    expect(log).toEqual(['a']);
    await reader.return();
    await reader.return();
    expect(log).toEqual(['a', 'end', 'end']);
  });

  it('ends for its observers at an abort, though nobody reads', () => {
    const caller = new AbortController();
    let ends = 0;
    aGeneration('a').subscribe(caller.signal, { onEnd: () => ends++ });
    caller.abort();
    expect(ends).toBe(1);
    aGeneration('a').subscribe(AbortSignal.abort(), { onEnd: () => ends++ });
    expect(ends).toBe(2);
  });

  it('leaves when it is returned before it was read', async () => {
    const generation = aGeneration();
    await generation.subscribe(signal()).return();
    expect(generation.end).toMatchObject({ kind: 'abandoned' });
  });

  it('is done after its error', async () => {
    const generation = aGeneration();
    const reader = generation.subscribe(signal());
    generation.fail(new Error('broken'));
    await expect(reader.next()).rejects.toThrow('broken');
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  it('gives others a turn of the event loop while it reads many events that are there', async () => {
    const generation = aGeneration(...Array.from({ length: 1000 }, () => 'x'));
    generation.finish();
    let turns = 0;
    let isRead = false;
    const count = (): void => {
      turns++;
      if (!isRead) setImmediate(count);
    };
    setImmediate(count);
    await Array.fromAsync(generation.subscribe(signal()));
    isRead = true;
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});
