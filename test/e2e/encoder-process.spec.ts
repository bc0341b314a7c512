import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EncodedText, EncoderItem, EngineCommand, EngineEvent, TextCommand, TextEvent } from '@frontier/engine';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { goldenEncoders, writeGoldenEncoder } from '../support/golden-encoders.ts';

const golden = goldenEncoders()[0];

describe('the processes of an encoder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-encoder-'));
  let child: ChildProcess;
  beforeAll(() => writeGoldenEncoder(folder, golden));
  afterEach(() => child.kill());
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Starts a process; returns what waits for its next event of a type. */
  function start<Event extends { type: string }>(entry: string) {
    child = fork(fileURLToPath(import.meta.resolve(entry)), [], { serialization: 'advanced' });
    const events: Event[] = [];
    let wake = (): void => {};
    child.on('message', (event: Event) => {
      events.push(event);
      wake();
    });
    return async <Type extends Event['type']>(type: Type): Promise<Extract<Event, { type: Type }>> => {
      for (;;) {
        const at = events.findIndex((event) => event.type === type);
        if (at !== -1) return events.splice(at, 1)[0] as Extract<Event, { type: Type }>;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    };
  }

  const send = (message: EngineCommand | TextCommand): void => void child.send(message);

  it('load the model, tell what it is, and encode the texts of several requests in one pass', async () => {
    const event = start<EngineEvent>('@frontier/engine/process');
    send({ type: 'load', options: { path: folder, maxBatchSize: 32, flushTimeoutMs: 100 } });
    expect((await event('loaded')).info).toMatchObject({
      kind: 'encoder',
      task: 'embed',
      architecture: 'BertModel',
      outputSize: 48,
      maxTokens: 64,
      isNormalized: true,
      vocabSize: 320,
      provider: 'cpu',
      warnings: [],
    });
    // Without the longest, which would be left for a pass of its own.
    const texts = golden.inputs.slice(0, 4);
    const inputs = texts.map(({ tokens, typeIds }) => ({ tokens, typeIds }));
    send({ type: 'encode', request: { id: 'a', inputs: inputs.slice(0, 2), output: 'vector' } });
    send({ type: 'encode', request: { id: 'b', inputs: inputs.slice(2), output: 'vector' } });
    send({ type: 'encode', request: { id: 'c', inputs, output: 'logits' } });
    send({ type: 'submit', request: { id: 'd', prompt: [1] } });
    send({ type: 'cancel', id: 'e' });
    const rejected = [await event('rejected'), await event('rejected')];
    expect(rejected.map(({ id, error }) => [id, error.code])).toEqual([
      ['c', 'invalid_request'],
      ['d', 'request_failed'],
    ]);
    expect((await event('removed')).id).toBe('e');
    const { report } = await event('encoded');
    expect(report).toMatchObject({ rows: inputs.length, queued: 0 });
    const found = (index: number): EncoderItem | undefined =>
      report.items.find(
        (item) => item.requestId === (index < 2 ? 'a' : 'b') && item.index === (index < 2 ? index : index - 2),
      );
    for (const [index, { values }] of texts.entries()) {
      const vector = found(index)!.values!;
      for (const [i, value] of values.entries()) expect(vector[i * golden.stride]).toBeCloseTo(value, 5);
    }
    await event('idle');
  });

  it('make tokens of texts and pairs', async () => {
    const event = start<TextEvent>('@frontier/engine/text-process');
    send({ type: 'load', options: { path: folder, niceness: 0 } });
    await event('loaded');
    const task = { type: 'encodeTexts', texts: ['ab', ['ab', 'c']], options: { maxTokens: 2 } } as const;
    send({ type: 'run', task });
    const tokensOf = (text: string): number[] => [...Buffer.from(text)].map((byte) => byte + 1);
    expect((await event('done')).result as EncodedText[]).toEqual([
      { tokens: Int32Array.from(tokensOf('ab')), totalTokens: 2 },
      { tokens: Int32Array.from(tokensOf('ac')), typeIds: Uint8Array.of(0, 1), totalTokens: 3 },
    ]);
  });

  it('refuse a model that is no encoder’s by name', async () => {
    writeGoldenEncoder(folder, { ...golden, config: { ...golden.config, architectures: ['DebertaV2Model'] } });
    const event = start<EngineEvent>('@frontier/engine/process');
    send({ type: 'load', options: { path: folder, maxBatchSize: 32 } });
    const { error } = await event('load_failed');
    expect(error.code).toBe('model_unsupported');
    expect(error.message).toMatch(/architecture "DebertaV2Model" is not supported as an encoder/);
  });
});
