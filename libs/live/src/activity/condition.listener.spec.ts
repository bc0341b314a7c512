import { type EngineState, engineStateChannel } from '@frontier/batching';
import { breakerStateChannel } from '@frontier/resilience';
import { requestChannel } from '@frontier/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRecord } from '../testing/live-requests.js';
import { ConditionListener } from './condition.listener.js';

const degraded = {
  phase: 'ready',
  info: { kind: 'encoder', loadMs: 1, provider: 'cpu', graphOrigin: 'built', warnings: ['int8 is slow here.'] },
} as unknown as EngineState;

describe(ConditionListener, () => {
  let listener: ConditionListener;
  beforeEach(() => {
    listener = new ConditionListener();
    listener.onModuleInit();
  });
  afterEach(() => listener.onApplicationShutdown());

  const holding = (): string[] =>
    listener.board
      .list()
      .filter(({ until }) => until === undefined)
      .map(({ code, model }) => `${code} ${model}`);

  it('says nothing more of a model that is gone, of which nothing is published', () => {
    engineStateChannel.publish({ model: 'left', state: degraded });
    engineStateChannel.publish({ model: 'stays', state: { phase: 'restarting', reason: 'ended' } });
    breakerStateChannel.publish({ name: 'model:left', state: 'open' });
    requestChannel.publish(aRecord({ model: 'left', status: 503, errorCode: 'overloaded' }));
    expect(holding()).toEqual(['degraded left', 'engine_restarted stays', 'circuit_open left', 'overloaded left']);
    listener.keepModels((model) => model !== 'left');
    expect(holding()).toEqual(['engine_restarted stays']);
    expect(Reflect.get(listener, 'full')).toEqual(new Map());
  });
});
