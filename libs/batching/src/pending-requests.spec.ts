import type { SequenceOutput, StepReport } from '@frontier/engine';
import { describe, expect, it } from 'vitest';
import { PendingRequests } from './pending-requests.js';

function aReport(outputs: Partial<SequenceOutput>[]): StepReport {
  return { scheduled: [], outputs: outputs.map((output) => ({ id: 'a', index: 0, text: '', ...output })) } as never;
}
const finished = { reason: 'stop', usage: {}, durations: {} } as unknown as SequenceOutput['finished'];

describe(PendingRequests.name, () => {
  it('keeps a request until all of its answers have ended', async () => {
    const pending = new PendingRequests();
    const channel = pending.add({ id: 'a', prompt: '', n: 2 });
    expect(pending.waiting).toBe(2);
    pending.take({ ...aReport([{ text: 'x' }]), scheduled: ['a'] });
    expect(pending.waiting).toBe(0);
    pending.take(aReport([{ text: 'y', finished }]));
    pending.take(aReport([{ index: 1, text: 'z', finished }]));
    pending.take(aReport([{ text: 'nobody asked' }]));
    const events: string[] = [];
    for await (const { index, text } of channel) events.push(`${index}${text}`);
    expect(events).toEqual(['0x', '0y', '1z']);
  });

  it('ends a request with the first answer that fails', async () => {
    const pending = new PendingRequests();
    const channel = pending.add({ id: 'a', prompt: '', n: 2 });
    pending.take(aReport([{ error: { message: 'broken', code: 'engine_error', status: 500 } as never }]));
    await expect(channel[Symbol.asyncIterator]().next()).rejects.toThrow('broken');
    expect(pending.waiting).toBe(0);
  });
});
