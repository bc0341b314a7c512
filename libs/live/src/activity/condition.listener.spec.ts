import { type EngineState, engineStateChannel } from '@frontier/batching';
import { breakerStateChannel } from '@frontier/resilience';
import { requestChannel } from '@frontier/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRecord } from '../testing/live-requests.js';
import { ConditionListener } from './condition.listener.js';

const degraded = { phase: 'ready', info: { warnings: ['int8 is slow here.'] } } as unknown as EngineState;

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
    engineStateChannel.publish({ model: 'a', state: degraded });
    engineStateChannel.publish({ model: 'b', state: { phase: 'restarting', reason: 'ended' } });
    breakerStateChannel.publish({ name: 'model:a', state: 'open' });
    requestChannel.publish(aRecord({ model: 'a', status: 503, errorCode: 'overloaded' }));
    expect(holding()).toEqual(['degraded a', 'engine_restarted b', 'circuit_open a', 'overloaded a']);
    listener.keepModels((model) => model !== 'a');
    expect(holding()).toEqual(['engine_restarted b']);
    expect(Reflect.get(listener, 'full')).toEqual(new Map());
  });
});
