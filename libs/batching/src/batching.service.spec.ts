import 'reflect-metadata';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BatchingService } from './batching.service.js';
import type { ModelEngine, ModelEngineOptions } from './engine/model-engine.js';

const MODEL = {
  name: 'a',
  queue: { maxRequests: 1, timeoutMs: 1 },
  engine: { path: '/models/a', maxBatchSize: 1 },
} as ModelEngineOptions;

describe(BatchingService, () => {
  it('opens each model once, with the engine of its factory', async () => {
    const opened: string[] = [];
    const service = new BatchingService(({ name }) => {
      opened.push(name);
      return { isSupervised: true, state: { phase: 'loading' } } as ModelEngine;
    });
    service.open(MODEL);
    expect(() => service.open(MODEL)).toThrow(
      'The model "a" is configured twice in this app. Give each model a name of its own.',
    );
    await setImmediate();
    expect([opened, service.has('a'), service.has('b'), service.isSupervising]).toEqual([['a'], true, false, true]);
  });
});
