import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { BatchingService } from './batching.service.js';
import type { ModelEngine, ModelEngineOptions } from './model-engine.js';

describe(BatchingService, () => {
  it('opens each model once, with the engine of its factory', () => {
    const opened: string[] = [];
    const service = new BatchingService(({ name }) => {
      opened.push(name);
      return { isSupervised: true } as ModelEngine;
    });
    service.open({ name: 'a' } as ModelEngineOptions);
    expect(() => service.open({ name: 'a' } as ModelEngineOptions)).toThrow(
      'The model "a" is configured twice in this app. Give each model a name of its own.',
    );
    expect([opened, service.has('a'), service.has('b'), service.isSupervising]).toEqual([['a'], true, false, true]);
  });
});
