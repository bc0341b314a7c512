import 'reflect-metadata';
import { ModelEngineFactory } from '@frontier/batching';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InferenceModule } from './inference.module.js';
import type { InferenceModuleOptions } from './inference.options.js';
import { InferenceService } from './inference.service.js';
import { ScriptedEngine } from './testing/scripted-engine.js';

const optionsOf = (...names: string[]): InferenceModuleOptions => ({
  models: names.map((name) => ({ name, aliases: [], path: '/models', maxBatchSize: 1 })),
  defaultModel: names[0],
});
const createEngine = ({ name }: { name: string }): ScriptedEngine =>
  new ScriptedEngine({ name, model: { answers: `I am ${name}.` }, queueTimeoutMs: 1000, requestTimeoutMs: 1000 });

@Injectable()
class Guest {
  constructor(readonly inference: InferenceService) {}
}

/** A feature module that does not import the inference module. */
@Module({ providers: [Guest] })
class GuestModule {}

describe(InferenceModule, () => {
  it('is available to all modules where it is global, with its options from a factory', async () => {
    const module = await Test.createTestingModule({
      imports: [InferenceModule.forRootAsync({ useFactory: () => optionsOf('a'), isGlobal: true }), GuestModule],
    })
      .overrideProvider(ModelEngineFactory)
      .useValue(createEngine)
      .compile();
    await module.init();
    const { choices } = await module.get(Guest, { strict: false }).inference.complete({ prompt: 'Who?' });
    expect(choices[0].text).toBe('I am a.');
    await module.close();
  });

  it('names a model that two modules of an app configure', async () => {
    const module = await Test.createTestingModule({
      imports: [InferenceModule.forRoot(optionsOf('a', 'b')), InferenceModule.forRoot(optionsOf('b', 'c'))],
    })
      .overrideProvider(ModelEngineFactory)
      .useValue(createEngine)
      .compile();
    onTestFinished(() => module.close());
    await expect(module.init()).rejects.toThrow('The model "b" is configured twice in this app.');
  });
});
