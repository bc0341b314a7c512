import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { BatchingService } from '@frontier/batching';
import type { Drain } from '@frontier/http';
import { type ModelChange, modelChangeChannel, type ModelDescription, type ModelRegistry } from '@frontier/inference';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConditionListener } from '../activity/condition.listener.js';
import { JobListener } from '../activity/job.listener.js';
import type { Condition } from '../activity/notice-board.js';
import { ModelDirectory } from '../activity/model-directory.js';
import { LifeListener } from '../life/life.listener.js';
import { type Hello, LIVE_EVENTS, type LiveEventName } from '../protocol/events.schema.js';
import { StatsListener } from '../stats/stats.listener.js';
import { aRecord } from '../testing/live-requests.js';
import { Collector } from './collector.js';
import { helloPieces } from './hello.js';
import type { LiveStream } from './live-stream.js';
import { type KeyCheck, LiveStreams } from './live-streams.js';
import type { Reader } from './reader.js';

/** Eight models whose engines only load. */
const NAMES = Array.from({ length: 8 }, (_, i) => `model-${i}`);
const DEFINITIONS = NAMES.map((name) => ({ name, aliases: [], path: `models/${name}`, maxBatchSize: 32 }));

const describeLoading = ({ name, path }: { name: string; path: string }): ModelDescription => ({
  id: name,
  aliases: [],
  task: 'generate',
  status: 'loading',
  policy: 'keep',
  precision: null,
  provider: null,
  context: null,
  memory: 2 ** 30,
  estimate: null,
  since: 0,
  idleUnloadAt: null,
  warnings: [],
  revision: null,
  source: path,
});

interface Event {
  event: LiveEventName;
  data: Record<string, unknown>;
  bytes: number;
}

describe('a live stream', () => {
  let collector: Collector;
  let streams: LiveStreams;
  let drained: AbortController;
  let conditions: Condition[];
  /** Models that the registry has. */
  let described = DEFINITIONS;
  const bodies: Readable[] = [];
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance', 'Date'] });
    drained = new AbortController();
    described = DEFINITIONS;
    conditions = [];
    const registry = {
      get all() {
        return described;
      },
      description: describeLoading,
      find: (name: string) => described.find((model) => model.name === name),
      names: () => new Map(described.map((model) => [model.name, model])),
      get: () => DEFINITIONS[0],
    } as unknown as ModelRegistry;
    const batching = {
      has: () => true,
      state: () => ({ phase: 'loading' }),
      memoryOf: () => 2 ** 30,
    } as unknown as BatchingService;
    const limits = { queueMax: 1, queueTimeoutMs: 1, requestTimeoutMs: 1 };
    const options = { version: '1.0.0', limits, conditions: () => conditions };
    const models = new ModelDirectory(registry, batching);
    models.onModuleInit();
    const parts = [
      new LifeListener(),
      new StatsListener(),
      models,
      new ConditionListener(),
      new JobListener(),
    ] as const;
    collector = new Collector(options, ...parts);
    streams = new LiveStreams(collector, { signal: drained.signal } as Drain);
    streams.onApplicationBootstrap();
  });
  afterEach(() => {
    streams.beforeApplicationShutdown();
    collector.models.onApplicationShutdown();
    for (const body of bodies.splice(0)) body.destroy();
    vi.useRealTimers();
  });

  const aReader = (name = 'a', scope: Reader['scope'] = 'all'): Reader => ({
    principal: { name, admin: scope === 'all' },
    scope,
    models: () => collector.models.namesFor(undefined),
    sees: (model) => collector.models.has(model),
  });

  const open = (name = 'a', check: KeyCheck = () => true, scope: Reader['scope'] = 'all'): [LiveStream, Readable] => {
    const reader = aReader(name, scope);
    const stream = streams.open(reader, check);
    const body = stream.read();
    bodies.push(body);
    body.once('close', () => streams.close(stream));
    return [stream, body];
  };

  /** Reads what comes in some seconds. */
  const read = async (body: Readable, seconds: number): Promise<Event[]> => {
    let text = '';
    body.on('data', (chunk: Buffer) => (text += chunk.toString()));
    for (let i = 0; i < 4 * seconds; i++) {
      vi.advanceTimersByTime(250);
      // The stream takes a few turns for each event.
      for (let turn = 0; turn < 20; turn++) await setImmediate();
    }
    return eventsOf(text);
  };

  const eventsOf = (text: string): Event[] =>
    text
      .split('\n\n')
      .filter((one) => one !== '')
      .map((one) => {
        const [, event, json] = /^event: (\w+)\ndata: (.*)$/.exec(one)!;
        const data = JSON.parse(json) as Record<string, unknown>;
        expect(LIVE_EVENTS[event as LiveEventName].parse(data)).toEqual(data);
        return { event: event as LiveEventName, data, bytes: Buffer.byteLength(json) };
      });

  it('begins with at most 256 KiB of history, and has a tick of at most 4 KiB a second', async () => {
    const { stats, lives } = collector;
    for (const name of NAMES) stats.of(name).onState(true);
    for (let second = 0; second < 400; second++) {
      for (const model of NAMES) {
        const answer = { firstTokenAtMs: Math.exp(second % 9), durationMs: 99_999, completionTokens: 77 };
        stats.of(model).onRequest(aRecord({ model, cache: 'MISS', status: 200, ...answer }));
      }
      stats.roll();
    }
    for (let i = 0; i < 300; i++) {
      const record = aRecord({ requestId: `${i}`.padEnd(128, 'y'), status: 200, durationMs: 5, model: NAMES[0] });
      lives.store.end(record);
    }
    const [, body] = open();
    const [hello, ...events] = await read(body, 3);
    expect(hello.event).toBe('hello');
    expect(hello.bytes).toBeLessThanOrEqual(256 * 1024);
    const { series, requests } = hello.data as unknown as Hello;
    expect(requests.length).toBe(200);
    expect((series as unknown as Record<string, Record<string, unknown[]>>).ttft_ms[NAMES[7]].length).toBe(300);
    const ticks = events.filter(({ event }) => event === 'tick');
    expect(ticks.length).toBe(3);
    expect(Math.max(...ticks.map(({ bytes }) => bytes))).toBeLessThanOrEqual(4096);
  });

  it('leaves out models and series that there is no room for', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `folder-${i}`);
    described = names.map((name) => ({ name, aliases: [], path: `${name}/`.padEnd(200, 'z'), maxBatchSize: 1 }));
    for (const name of names) {
      collector.stats.of(name).onState(true);
      for (let second = 0; second < 30; second++) collector.stats.of(name).roll();
    }
    for (const [i, model] of names.entries()) {
      for (const code of ['degraded', 'engine_restarted', 'circuit_open', 'overloaded'] as const)
        collector.conditions.board.set({ code, level: 'warn', model, text: `${i} `.padEnd(9999, '\u{1F525}') });
    }
    for (let i = 0; i < 200; i++)
      collector.lives.store.end(aRecord({ requestId: `${i}`.padEnd(128, 'y'), status: 200 }));
    const reader = aReader();
    const listNames = vi.spyOn(reader, 'models');
    const text = [...helloPieces(collector, reader)].join('');
    expect(listNames).toHaveBeenCalledTimes(1);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256 * 1024);
    const { models, series, notices, requests } = LIVE_EVENTS.hello.parse(JSON.parse(text));
    expect(models.length).toBeGreaterThan(100);
    expect(notices.length).toBeGreaterThan(5);
    expect(requests.length).toBeGreaterThan(100);
    expect(collector.conditions.board.list().length).toBe(64);
    expect(Object.keys(series.running).length).toBeGreaterThan(100);
  });

  it('makes each piece of its history when the reader takes it', () => {
    for (let i = 0; i < 3; i++) collector.lives.store.end(aRecord({ status: 200 }));
    const pieces = helloPieces(collector, aReader());
    let text = '';
    while (!text.includes('"requests":[{')) text += pieces.next().value as string;
    for (const request of collector.lives.store.ended) request.text = '{"later":true}';
    text += [...pieces].join('');
    const { requests } = JSON.parse(text) as { requests: { later?: boolean }[] };
    expect(requests.map(({ later = false }) => later)).toEqual([false, true, true]);
  });

  it('forgets models that are gone, and tells whoever was told of their notices that they are over', async () => {
    const [, body] = open('a', () => true, 'own');
    const started = await read(body, 1);
    expect(started.length).toBeGreaterThan(0);
    const [{ name }] = DEFINITIONS;
    collector.conditions.board.set({ code: 'circuit_open', level: 'error', model: name, text: 'Open.' });
    await read(body, 1);
    described = DEFINITIONS.slice(1);
    modelChangeChannel.publish({ model: name, description: undefined });
    // A request for it ends late.
    collector.stats.of(name).onRequest(aRecord({ model: name, status: 200 }));
    collector.conditions.board.set({ code: 'overloaded', level: 'warn', model: name, text: 'Full.' });
    const events = (await read(body, 2)).filter(({ event }) => event === 'notice');
    expect(events.map(({ data: { code, until } }) => [code, until !== undefined])).toEqual([['circuit_open', true]]);
    expect(collector.stats.models.has(name)).toBe(false);
    expect(collector.conditions.board.list().filter(({ until }) => until === undefined)).toEqual([]);
  });

  it('says that the server drains before its bye', async () => {
    const [, body] = open('a', () => true, 'own');
    await read(body, 1);
    conditions = [{ code: 'draining', level: 'warn', text: 'The server is shutting down.' }];
    drained.abort();
    const events = await read(body, 1);
    expect(events.map(({ event, data }) => data.code ?? event)).toEqual(['draining', 'bye']);
  });

  it('holds some 64 KiB for a reader that takes nothing, and ends with a bye', async () => {
    const [stream, body] = open();
    body.read(0);
    const life = collector.lives.store.begin(aRecord())!;
    for (let second = 0; second < 29; second++) {
      for (let i = 0; i < 4; i++) {
        collector.lives.store.touch(life);
        vi.advanceTimersByTime(250);
        for (let turn = 0; turn < 8; turn++) await setImmediate();
      }
      if (stream.stalledAt === undefined) continue;
      expect(body.readableLength).toBeLessThanOrEqual(64 * 1024);
    }
    expect(stream.stalledAt).toBeDefined();
    vi.advanceTimersByTime(32_000);
    const events = await read(body, 1);
    expect(events.at(-1)).toMatchObject({ event: 'bye', data: { reason: 'lagging', retry_ms: 1000 } });
    expect(body.readableEnded).toBe(true);
  });

  it('tells of a model on its way twice a second, and of a change of its status within a quarter', async () => {
    const change = (fields: Partial<ModelDescription>): void => {
      const description = { ...describeLoading(DEFINITIONS[0]), ...fields };
      modelChangeChannel.publish({ model: description.id, description } satisfies ModelChange);
    };
    const [, body] = open();
    let done = 0;
    const ticking = setInterval(() => {
      change({ progress: { phase: 'downloading', done: ++done, total: 80, perSecond: null } });
    }, 25);
    const events = await read(body, 2);
    clearInterval(ticking);
    const progress = events.filter(({ event }) => event === 'model').map(({ data }) => data.progress);
    expect(progress.length).toBe(4);
    expect(progress.at(-1)).toEqual({ phase: 'downloading', done, total: 80, unit: 'bytes', per_s: null });
    change({ status: 'ready' });
    expect((await read(body, 1)).filter(({ event }) => event === 'model').map(({ data }) => data.status)).toEqual([
      'ready',
    ]);
  });

  it('ends when its key has lost its rights, and after twelve hours', async () => {
    let isValid = true;
    const [, revoked] = open('a', async () => isValid);
    expect((await read(revoked, 6)).at(-1)!.event).not.toBe('bye');
    isValid = false;
    expect((await read(revoked, 6)).at(-1)).toMatchObject({ event: 'bye', data: { reason: 'key_revoked' } });
    const [old, body] = open('b');
    Object.assign(old, { openedAt: performance.now() - 12 * 3_600_000 });
    expect((await read(body, 2)).at(-1)).toMatchObject({ event: 'bye', data: { reason: 'limit', retry_ms: 0 } });
  });

  it('is one of two of its key, and of eight of the process; none begins while the server shuts down', () => {
    for (const name of ['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd'].slice(0, 7)) open(name);
    const refused = expect.objectContaining({ code: 'too_many_streams', status: 503, retryAfterMs: 5000 }) as Error;
    expect(() => open('a')).toThrow(refused);
    const [stream] = open('d');
    expect(() => open('e')).toThrow(refused);
    streams.close(stream);
    open('e');
    drained.abort();
    expect(() => open('d')).toThrow(expect.objectContaining({ code: 'shutting_down' }) as Error);
  });

  it('has a place for each operator as long as others have one: that of the oldest', async () => {
    const own = ['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd'].map((name) => open(name, () => true, 'own'));
    const refused = expect.objectContaining({ code: 'too_many_streams' }) as Error;
    expect(() => open('e', () => true, 'own')).toThrow(refused);
    for (let i = 0; i < 8; i++) open(`operator-${i}`);
    expect(() => open('operator-8')).toThrow(refused);
    expect(() => open('a', () => true, 'own')).toThrow(refused);
    const last = (await read(own[0][1], 1)).at(-1);
    expect(last).toMatchObject({ event: 'bye', data: { reason: 'limit', retry_ms: 15_000 } });
  });
});
