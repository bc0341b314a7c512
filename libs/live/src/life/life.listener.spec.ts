import { setImmediate } from 'node:timers/promises';
import {
  type EncoderStep,
  encoderStepChannel,
  engineRequestChannel,
  engineStepChannel,
  type EngineStep,
} from '@frontier/batching';
import { pipelineChannel, type PipelineProgress } from '@frontier/inference';
import { requestBeginChannel, requestChannel, type RequestRecord } from '@frontier/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LiveRequest } from '../protocol/request.schema.js';
import { anEngineRequest, aRecord } from '../testing/live-requests.js';
import { LifeListener } from './life.listener.js';

const progress = (fields: Partial<PipelineProgress> = {}): void =>
  pipelineChannel.publish({ model: 'm', caller: 'key:a', ...fields } satisfies PipelineProgress);

function step(fields: Partial<EngineStep['report']>): void {
  const report = {
    kind: 'decode',
    tokens: 1,
    durationMs: 0,
    waiting: 0,
    running: 1,
    cacheTokens: 0,
    maxCacheTokens: 1,
  };
  engineStepChannel.publish({
    model: 'm',
    report: { ...report, preemptions: 0, scheduled: [], outputs: [], ...fields },
  });
}

const token = (id: string, index = 0): EngineStep['report']['outputs'][number] => ({
  id,
  index,
  text: 'x',
  generated: 1,
});
const last = (id: string, index = 0): EngineStep['report']['outputs'][number] => ({
  ...token(id, index),
  finished: {
    reason: 'stop',
    usage: { promptTokens: 0, completionTokens: 0 },
    durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
  },
});

describe(LifeListener, () => {
  let listener: LifeListener;
  beforeEach(() => {
    listener = new LifeListener();
    listener.onModuleInit();
  });
  afterEach(() => listener.onApplicationShutdown());

  const request = (): Omit<LiveRequest, 'id'> => {
    const [life] = listener.store.lives();
    return { ...life.toRequest(), leader: life.leader?.own };
  };
  const phases = (): string[] => request().seg.map(([phase]) => phase);
  const end = (record: RequestRecord, fields: Partial<RequestRecord> = {}): LiveRequest => {
    requestChannel.publish(Object.assign(record, { status: 200, durationMs: 100 }, fields));
    return JSON.parse([...listener.store.ended].at(-1)!.text) as LiveRequest;
  };

  it('follows a request through its phases, with the work that its code gave to an engine', async () => {
    const record = aRecord();
    await requestBeginChannel.runStores(record, async () => {
      progress();
      await setImmediate();
      engineRequestChannel.publish(anEngineRequest({ id: 'e' }));
      progress({ cache: 'MISS' });
    });
    expect(phases()).toEqual(['checks', 'queue']);
    step({ kind: 'prefill', scheduled: ['e'], prefilled: { id: 'e', promptTokens: 6, cachedTokens: 4 } });
    expect([phases().at(-1), request().prefilled, request().cached_tokens]).toEqual(['prompt', 6, 4]);
    step({ kind: 'prefill', prefilled: { id: 'e', promptTokens: 10, cachedTokens: 4 }, outputs: [token('e')] });
    step({ preempted: ['e'] });
    step({ resumed: ['e'], outputs: [token('e')] });
    expect(phases()).toEqual(['checks', 'queue', 'prompt', 'tokens', 'preempted', 'tokens']);
    step({ outputs: [last('e')] });
    const ended = end(record, { finishReasons: ['stop'] });
    expect(ended).toMatchObject({ prefilled: 10, generated: 3, cache: 'MISS', end: { ms: 100, reason: 'stop' } });
    expect([...listener.store.lives()]).toEqual([]);
    expect(listener.store.work('e')).toBeUndefined();
  });

  it('is preempted when all answers of a request are, and back with the first of them', () => {
    requestBeginChannel.runStores(aRecord(), () => {
      progress();
      engineRequestChannel.publish(anEngineRequest({ id: 'e', parts: 2 }));
    });
    step({ scheduled: ['e'], outputs: [token('e', 0), token('e', 1)] });
    step({ preempted: ['e'] });
    expect(phases().at(-1)).toBe('tokens');
    step({ outputs: [last('e', 0)] });
    expect(phases().at(-1)).toBe('preempted');
    step({ resumed: ['e'] });
    expect(phases().at(-1)).toBe('tokens');
  });

  it('waits for a model that is loaded on demand as it waits for its turn', () => {
    requestBeginChannel.runStores(aRecord({ model: undefined }), () => progress({ isWaiting: true }));
    expect(request()).toMatchObject({ model: 'm', priority: null, prompt_tokens: null });
    expect(phases()).toEqual(['checks', 'queue']);
    expect([...listener.store.places()]).toEqual([]);
  });

  it('has the passes of an encoder as one phase', () => {
    requestBeginChannel.runStores(aRecord(), () => {
      progress();
      engineRequestChannel.publish(anEngineRequest({ id: 'e', kind: 'encode', parts: 4, promptTokens: 80 }));
    });
    const pass = (...indices: number[]): void => {
      const items = indices.map((index) => ({ requestId: 'e', index }));
      const report = { items, rows: items.length, tokens: 20, paddedTokens: 20, passMs: 0, queued: 0 };
      encoderStepChannel.publish({ model: 'm', report } satisfies EncoderStep);
    };
    pass(0);
    expect([phases(), request().prefilled]).toEqual([['checks', 'queue', 'compute'], 20]);
    pass(1, 2, 3);
    expect(request()).toMatchObject({ prompt_tokens: 80, prefilled: 80, generated: 0, max_tokens: null });
    expect(listener.store.work('e')).toBeUndefined();
  });

  it('takes work of another caller for none of a request in whose context it runs', () => {
    requestBeginChannel.runStores(aRecord({ client: 'a' }), () => {
      progress();
      progress({ caller: 'key:b', cache: 'HIT' });
      engineRequestChannel.publish(anEngineRequest({ id: 'of-b', caller: 'key:b' }));
    });
    step({ scheduled: ['of-b'], outputs: [token('of-b')] });
    expect(request()).toMatchObject({ generated: 0, cache: null, seg: [['checks', 0]] });
    requestBeginChannel.runStores(aRecord({ method: 'GET', endpoint: '/v1/jobs/:id/events' }), () => progress());
    expect([...listener.store.lives()].length).toBe(1);
  });

  it('lets a request that shares an answer follow it when the first one has left', () => {
    const generation = {};
    const [first, second] = [aRecord(), aRecord()];
    requestBeginChannel.runStores(first, () => {
      progress();
      engineRequestChannel.publish(anEngineRequest({ id: 'e', generation }));
      progress({ cache: 'MISS', generation });
    });
    step({ scheduled: ['e'], outputs: [token('e')] });
    requestBeginChannel.runStores(second, () => {
      progress();
      progress({ cache: 'COALESCED', generation });
    });
    end(first, { status: 499 });
    step({ outputs: [token('e')] });
    expect(request()).toMatchObject({ cache: 'COALESCED', leader: first.requestId, generated: 2 });
    expect(phases()).toEqual(['checks', 'tokens']);
    end(second, { status: 499 });
    expect(listener.store.work('e')).toBeUndefined();
  });

  it.each([
    [{ status: 499 }, 'left'],
    [{ status: 429, errorCode: 'rate_limit_exceeded', model: undefined }, 'refused'],
    [{ status: 503, errorCode: 'overloaded' }, 'refused'],
    [{ status: 200, errorCode: 'engine_error' }, 'error'],
    [{ status: 200, finishReasons: ['length'] }, 'length'],
    [{ status: 200, finishReasons: undefined }, 'done'],
  ] as const)('ends one of %j as %s', (fields, reason) => {
    expect(end(aRecord(), { ...fields } as Partial<RequestRecord>).end!.reason).toBe(reason);
  });

  it('shows no requests of other routes, and none of unknown callers that never came to a model', () => {
    for (const fields of [{ client: undefined }, { endpoint: '/v1/jobs' }, { endpoint: 'unknown' }, { method: 'GET' }])
      requestChannel.publish(aRecord({ model: undefined, status: 401, ...fields }));
    expect([...listener.store.ended]).toEqual([]);
  });
});
