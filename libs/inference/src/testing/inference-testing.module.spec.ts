import 'reflect-metadata';
import { BatchingService, createDeadline, type GenerationEvent } from '@frontier/batching';
import { AppError } from '@frontier/errors';
import { Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InferenceService } from '../inference.service.js';
import { ModelRegistry } from '../model-registry.js';
import { TextService } from '../text.service.js';
import { InferenceTestingModule, type InferenceTestingModuleOptions } from './inference-testing.module.js';
import type { ScriptedEngine } from './scripted-engine.js';

/** A provider of a team. */
@Injectable()
class Storyteller {
  constructor(private readonly inference: InferenceService) {}

  async tell(prompt: string): Promise<string> {
    return (await this.inference.complete({ prompt })).choices[0].text;
  }
}

async function start(options: InferenceTestingModuleOptions): Promise<TestingModule> {
  const module = await Test.createTestingModule({
    imports: [InferenceTestingModule.forRoot(options)],
    providers: [Storyteller],
  }).compile();
  await module.init();
  onTestFinished(() => module.close());
  return module;
}

const TALES = { tales: { answers: { 'Once upon a time': ' there was a dog.' }, aliases: ['stories'] } };

describe(InferenceTestingModule.name, () => {
  it("answers a provider's requests by prompt", async () => {
    const app = await start({ models: TALES });
    expect(await app.get(Storyteller).tell('Once upon a time')).toBe(' there was a dog.');
    await expect(app.get(Storyteller).tell('Never')).rejects.toThrow('No answer is scripted for the prompt "Never"');
  });

  it('streams word by word, with usage at the end', async () => {
    const app = await start({ models: TALES });
    const stream = await app.get(InferenceService).generate({ model: 'stories', prompt: 'Once upon a time' });
    const events: GenerationEvent[] = await Array.fromAsync(stream);
    expect(events.map(({ text }) => text)).toEqual([' there', ' was', ' a', ' dog.']);
    expect(events.at(-1)?.finished).toMatchObject({
      reason: 'stop',
      usage: { promptTokens: 4, completionTokens: 4 },
    });
  });

  it('answers by a function of the request, each of several answers', async () => {
    const answers = ({ prompt, index }: { prompt: string; index: number }): string => `${prompt.length} ${index}`;
    const app = await start({ models: { counter: { answers } } });
    const { choices, usage } = await app.get(InferenceService).complete({ prompt: 'Tom', n: 2 });
    expect(choices.map(({ text }) => text)).toEqual(['3 0', '3 1']);
    expect(usage).toEqual({ promptTokens: 1, completionTokens: 4 });
  });

  it('cuts an answer at the token limit', async () => {
    const app = await start({ models: { talker: { answers: 'one two three' } } });
    const { choices } = await app.get(InferenceService).complete({ prompt: 'Say', params: { maxNewTokens: 2 } });
    expect(choices).toEqual([{ text: 'one two', finishReason: 'length', logprobs: [] }]);
  });

  it('fails as the script says, before the first event or after some', async () => {
    const broken = new AppError('The engine broke.', { code: 'engine_error', status: 500 });
    const answers = { early: { error: broken }, late: { text: 'one two', error: broken } };
    const app = await start({ models: { flaky: { answers } } });
    const inference = app.get(InferenceService);
    await expect(inference.generate({ prompt: 'early' })).rejects.toBe(broken);
    const stream = await inference.generate({ prompt: 'late' });
    let text = '';
    const read = async (): Promise<void> => {
      for await (const event of stream) text += event.text;
    };
    await expect(read()).rejects.toBe(broken);
    expect(text).toMatch(/^one/);
  });

  it('refuses requests in the states of a real engine', async () => {
    const app = await start({ models: TALES });
    const engine = app.get(BatchingService).engine('tales') as ScriptedEngine;
    engine.enter({ phase: 'loading' });
    await expect(app.get(Storyteller).tell('Once upon a time')).rejects.toMatchObject({ code: 'model_loading' });
    expect(app.get(ModelRegistry).statuses()).toEqual([
      { name: 'tales', state: { phase: 'loading' }, isMissing: true },
    ]);
  });

  it('ends a generation when its caller leaves, or its time is up', async () => {
    const app = await start({ models: { slow: { answers: () => ({ text: 'one two three', delayMs: 20 }) } } });
    const engine = app.get(BatchingService).engine('slow');
    const inference = app.get(InferenceService);
    const caller = new AbortController();
    const stream = await inference.generate({ prompt: 'a' }, createDeadline({ signal: caller.signal }));
    caller.abort();
    await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: 'request_aborted' });
    expect(engine.unfinished).toBe(0);
    const late = inference.complete({ prompt: 'b' }, createDeadline({ timeoutMs: 30 }));
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const tooLate = { at: 0, signal: AbortSignal.abort(new DOMException('late', 'TimeoutError')) };
    await expect(inference.complete({ prompt: 'c' }, tooLate)).rejects.toMatchObject({ code: 'queue_timeout' });
  });

  it('shares and keeps greedy answers, and settles tokens, as the real module does', async () => {
    const kept = new Map<string, unknown>();
    const store = {
      get: <T>({ key }: { key: string }) => kept.get(key) as T | undefined,
      set: ({ key }: { key: string }, value: unknown) => void kept.set(key, value),
      clear: () => kept.clear(),
    };
    const settled: number[] = [];
    const reservation = { state: { limit: 100 } as never, settle: (tokens: number) => void settled.push(tokens) };
    const tokens = { reserve: () => Promise.resolve(reservation) };
    const app = await start({ models: TALES, cache: { store, ttlMs: 1000 }, tokens });
    const inference = app.get(InferenceService);
    const request = { prompt: 'Once upon a time', params: { temperature: 0 } };
    const both = await Promise.all([inference.complete(request), inference.complete(request)]);
    expect(both.map(({ cache }) => cache)).toEqual(['MISS', 'COALESCED']);
    expect(both[0].tokenLimit).toBe(reservation.state);
    expect(settled).toEqual([8, 8]);
    expect(await inference.complete(request)).toMatchObject({ cache: 'HIT', choices: [{ text: ' there was a dog.' }] });
  });

  it('tokenizes by words, and writes chats line by line', async () => {
    const app = await start({ models: TALES });
    const texts = app.get(TextService);
    const tokens = await texts.tokenize({}, 'Once upon a time');
    expect([tokens.length, await texts.detokenize({}, tokens)]).toEqual([4, 'Once upon a time']);
    const { prompt } = await texts.applyTemplate({}, [{ role: 'user', content: 'Hello' }]);
    expect(prompt).toBe('user: Hello\nassistant:');
  });

  it('names two models with one name', async () => {
    const models = { a: { answers: '', aliases: ['x'] }, b: { answers: '', aliases: ['x'] } };
    await expect(start({ models })).rejects.toThrow('Two models are called "x"');
  });
});
