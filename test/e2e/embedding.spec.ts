import { BatchingService, type ForkedEngine } from '@frontier/batching';
import { InferenceModule, InferenceService, ModelRegistry } from '@frontier/inference';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { STORYTELLER, waitFor } from '../support/server.ts';

describe(InferenceModule.name, () => {
  it("serves a model inside anybody's Nest application, without HTTP", async () => {
    const options = {
      models: [{ name: 'storyteller', aliases: ['stories'], path: STORYTELLER, maxBatchSize: 2 }],
      defaultModel: 'stories',
    };
    const testing = await Test.createTestingModule({
      imports: [InferenceModule.forRootAsync({ useFactory: () => options })],
    }).compile();
    const app = await testing.init();
    const models = app.get(ModelRegistry);
    await waitFor(() => models.statuses()[0].state.phase === 'ready');

    const request = { prompt: 'Once upon a time', params: { temperature: 0, maxNewTokens: 12 } };
    const completion = await app.get(InferenceService).complete(request);
    expect(completion).toMatchObject({
      model: 'storyteller',
      choices: [{ text: expect.stringMatching(/^,? there was a/), finishReason: 'length', logprobs: [] }],
      usage: { promptTokens: 5, completionTokens: 12 },
    });
    let streamed = '';
    for await (const { text } of await app.get(InferenceService).generate(request)) streamed += text;
    expect(streamed).toBe(completion.choices[0].text);

    const engine = app.get(BatchingService).engine('storyteller') as ForkedEngine;
    await app.close();
    expect([engine.state.phase, engine.pid]).toEqual(['stopped', undefined]);
    await expect(app.get(InferenceService).complete(request)).rejects.toMatchObject({ code: 'shutting_down' });
  });

  it('logs a model that cannot be served there, too', async () => {
    const options = {
      models: [{ name: 'absent', aliases: [], path: '/nowhere', maxBatchSize: 2 }],
      defaultModel: 'absent',
    };
    const errors: string[] = [];
    const logger = { log: () => {}, warn: () => {}, error: (line: string) => void errors.push(line) };
    const testing = await Test.createTestingModule({
      imports: [InferenceModule.forRootAsync({ useFactory: () => options })],
    })
      .setLogger(logger)
      .compile();
    const app = await testing.init();
    await waitFor(() => errors.length > 0);
    expect(errors).toEqual([expect.stringMatching(/^Model "absent" cannot be served: .*nowhere/)]);
    await app.close();
  });
});
