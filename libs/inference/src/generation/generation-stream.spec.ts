import { Generation, type GenerationEvent } from '@frontier/batching';
import { describe, expect, it } from 'vitest';
import { collect } from './completion.js';
import { GenerationStream, CachedEvents } from './generation-stream.js';

const durations = { queueMs: 0, prefillMs: 0, decodeMs: 0 };
const finished = { reason: 'stop', usage: { promptTokens: 3, completionTokens: 2 }, durations } as const;
const EVENTS: GenerationEvent[] = [
  { index: 0, text: 'a', generated: 1 },
  { index: 0, text: 'b', generated: 2, finished },
];

function streamOf(source: 'cached' | 'running'): GenerationStream {
  if (source === 'cached') return new GenerationStream({ model: 'm', cache: 'HIT' }, new CachedEvents(EVENTS));
  const generation = new Generation({ queueTimeoutMs: 1000, runTimeoutMs: 1000 }, () => new Error('late'));
  const reader = generation.subscribe(new AbortController().signal);
  for (const event of EVENTS) generation.push(event);
  generation.finish();
  return new GenerationStream({ model: 'm', cache: 'MISS' }, reader);
}

describe.each(['cached', 'running'] as const)('a GenerationStream of %s events', (source) => {
  it('shows observers each event that is read, and the end once', async () => {
    const stream = streamOf(source);
    const log: string[] = [];
    stream.observe({ onEvent: ({ text }) => void log.push(text), onEnd: () => void log.push('end') });
    for await (const { text } of stream) log.push(`read ${text}`);
    expect(log).toEqual(['a', 'read a', 'b', 'read b', 'end']);
  });

  it('is collected to a whole answer, with its observers', async () => {
    const stream = streamOf(source);
    let observed = '';
    stream.observe({ onEvent: ({ text }) => void (observed += text) });
    expect(await collect(stream, 1)).toMatchObject({
      choices: [{ text: 'ab', finishReason: 'stop' }],
      usage: { promptTokens: 3, completionTokens: 2 },
    });
    expect(observed).toBe('ab');
  });

  it('ends for its observers when its reader leaves', async () => {
    const stream = streamOf(source);
    let ends = 0;
    stream.observe({ onEnd: () => ends++ });
    for await (const _ of stream) break;
    expect(ends).toBe(1);
  });
});
