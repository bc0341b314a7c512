import type { EngineRequest } from '@frontier/batching';
import type { RequestRecord } from '@frontier/telemetry';
import type { LifeStore } from '../life/life-store.js';
import type { RequestLife } from '../life/request-life.js';

let count = 0;

/** The record of a request that has just begun. */
export function aRecord(fields: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId: `request-${++count}`,
    method: 'POST',
    endpoint: '/v1/chat/completions',
    status: 0,
    startedAt: performance.timeOrigin + performance.now(),
    durationMs: 0,
    client: 'a',
    operation: 'chat',
    model: 'm',
    ...fields,
  };
}

/** A request to an engine. */
export function anEngineRequest(fields: Partial<EngineRequest> = {}): EngineRequest {
  return {
    model: 'm',
    id: `engine-${++count}`,
    caller: 'key:a',
    priority: 'normal',
    kind: 'generate',
    parts: 1,
    promptTokens: 10,
    maxNewTokens: 100,
    generation: {},
    ...fields,
  };
}

/** A request that waits for an engine. */
export function aWaitingLife(
  store: LifeStore,
  record: Partial<RequestRecord> = {},
  request: Partial<EngineRequest> = {},
): RequestLife {
  const full = aRecord(record);
  const life = store.begin(full)!;
  store.addWork(full, anEngineRequest({ caller: `key:${full.client}`, ...request }));
  return life;
}

/** Ends a request well. */
export function end(store: LifeStore, { record }: RequestLife, fields: Partial<RequestRecord> = {}): void {
  const durationMs = performance.timeOrigin + performance.now() - record.startedAt;
  store.end(Object.assign(record, { status: 200, durationMs, finishReasons: ['stop'], ...fields }));
}
