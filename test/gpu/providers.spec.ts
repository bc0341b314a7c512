import { expect, describe, it } from 'vitest';
import { greedyTexts, manyRequests } from '../support/provider-texts.ts';

/** The providers to test: all, or those that `GPU_PROVIDERS` names, parted by commas. One that is missing fails. */
const PROVIDERS = (process.env.GPU_PROVIDERS ?? 'webgpu,cuda').split(',') as ('webgpu' | 'cuda')[];

describe.each(PROVIDERS)('the provider %s', (name) => {
  it('generates what the CPU does in fp32, over arrivals, ends, copies and preemptions', async () => {
    expect(await greedyTexts({ provider: { name } })).toEqual(await greedyTexts({}));
  });

  it('generates what the CPU does for 64 callers at once', async () => {
    const options = { maxBatchSize: 64, maxQueuedRequests: 64 };
    const requests = manyRequests(64);
    const [onDevice, onHost] = [
      await greedyTexts({ ...options, provider: { name } }, requests),
      await greedyTexts(options, requests),
    ];
    expect(onDevice).toEqual(onHost);
  });

  it('generates in int4 what it does alone', async () => {
    const requests = manyRequests(3);
    const all = await greedyTexts({ precision: 'int4', provider: { name } }, requests);
    for (const request of requests) {
      const alone = await greedyTexts({ precision: 'int4', provider: { name } }, [request]);
      expect(all).toMatchObject(alone);
      expect(alone[`${request.id}#0`].length).toBeGreaterThan(20);
    }
  });
});
