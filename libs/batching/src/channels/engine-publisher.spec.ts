import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineLost } from '../generation/batching.errors.js';
import { EngineRequests } from '../queue/engine-requests.js';
import { type EngineIdle, engineIdleChannel, type EngineQueue, engineQueueChannel } from './engine-channels.js';
import { EnginePublisher } from './engine-publisher.js';

const QUEUE = { maxRequests: 12, maxTokens: 400, timeoutMs: 60_000 };

describe(EnginePublisher, () => {
  const idles: EngineIdle[] = [];
  const queues: EngineQueue[] = [];
  const onIdle = (idle: unknown): void => void idles.push(idle as EngineIdle);
  const onQueue = (queue: unknown): void => void queues.push(queue as EngineQueue);
  beforeEach(() => {
    engineIdleChannel.subscribe(onIdle);
    engineQueueChannel.subscribe(onQueue);
  });
  afterEach(() => {
    engineIdleChannel.unsubscribe(onIdle);
    engineQueueChannel.unsubscribe(onQueue);
  });

  it('tells the processes and the queues of two engines of one model apart, and when a process has ended', () => {
    const engines = [1, 2].map(
      () => new EngineRequests({ name: 'm', maxBatchSize: 4, queue: QUEUE, requestTimeoutMs: 60_000 }),
    );
    const [old] = engines;
    const begin = (engine: EngineRequests): void => engine.attach({ send: () => {} });
    for (const engine of engines) begin(engine);
    for (const engine of engines) engine.onIdle();
    old.detach(engineLost('m', 'ended'));
    begin(old);
    old.onIdle();
    for (const engine of engines) engine.failAll(engineLost('m', 'ended'));
    const [first] = idles.map(({ process }) => process!);
    expect(idles.map(({ process, hasEnded = false }) => [process! - first, hasEnded])).toEqual([
      [0, false],
      [1, false],
      [0, true],
      [2, false],
      [2, true],
      [1, true],
    ]);
    const [one, again, other] = queues.map(({ queue }) => queue!);
    expect([one === again, one === other]).toEqual([true, false]);
  });
});
