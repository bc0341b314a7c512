import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type EngineCommand,
  type EngineEvent,
  type GenerationRequest,
  loadTokenizer,
  type SequenceOutput,
  type TextCommand,
  type TextEvent,
} from '@frontier/engine';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { STORYTELLER } from '../support/server.ts';

const PLUGIN = `
export default {
  version: '1',
  logitsProcessors: {
    only: ({ parameters: { token } }) => ({
      process: (logits) => { for (let i = 0; i < logits.length; i++) if (i !== token) logits[i] = -Infinity; },
    }),
    fail: () => ({ process: () => { throw new Error('broken processor'); } }),
  },
  prompt: (text) => {
    if (text === 'forbidden') throw new Error('broken hook');
    return text.toUpperCase();
  },
  output: () => ({ write: (text) => '[' + text + ']', end: () => '!' }),
};`;

describe('a plugin in the processes of a model', () => {
  let folder: string;
  let child: ChildProcess;
  let printed: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-plugin-'));
    writeFileSync(join(folder, 'plugin.mjs'), PLUGIN);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => child.kill('SIGKILL'));

  /** Starts a process; returns a function that waits for its first message that a test accepts. */
  function start<Event extends { type: string }>(
    entry: string,
  ): <T extends Event['type']>(type: T) => Promise<Extract<Event, { type: T }>> {
    child = fork(fileURLToPath(import.meta.resolve(entry)), { serialization: 'advanced', silent: true });
    printed = '';
    child.stdout!.on('data', (chunk) => (printed += String(chunk)));
    const events: Event[] = [];
    let wake = (): void => {};
    child.on('message', (event) => {
      events.push(event as Event);
      wake();
    });
    return async (type) => {
      for (;;) {
        const at = events.findIndex((event) => event.type === type);
        if (at !== -1) return events.splice(at, 1)[0] as never;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    };
  }

  function startEngine(plugin: string): ReturnType<typeof start<EngineEvent>> {
    const event = start<EngineEvent>('@frontier/engine/process');
    command({ type: 'load', options: { path: STORYTELLER, maxBatchSize: 4, plugin } });
    return event;
  }

  function command(message: EngineCommand | TextCommand): void {
    child.send(message);
  }

  const [token] = loadTokenizer(STORYTELLER).encode('the', false);

  function submit(id: string, logitsProcessors: NonNullable<GenerationRequest['params']>['logitsProcessors']): void {
    const params = { temperature: 0, maxNewTokens: 2, ignoreEos: true, logitsProcessors };
    command({ type: 'submit', request: { id, prompt: [5, 6, 7], params } });
  }

  it('changes what the engine process samples and writes, and fails one request alone', async () => {
    const event = startEngine(join(folder, 'plugin.mjs'));
    const { info } = await event('loaded');
    expect(info).toMatchObject({ kind: 'decoder', logitsProcessors: ['only', 'fail'] });
    submit('good', [{ name: 'only', parameters: { token } }]);
    submit('bad', [{ name: 'fail' }]);
    submit('unknown', [{ name: 'none' }]);
    expect((await event('rejected')).error).toMatchObject({ code: 'invalid_request', status: 422 });
    const outputs: SequenceOutput[] = [];
    for (const isDone = (id: string) => outputs.some((o) => o.id === id && (o.finished ?? o.error)); ;) {
      outputs.push(...(await event('step')).report.outputs);
      if (isDone('good') && isDone('bad')) break;
    }
    const text = outputs.filter(({ id }) => id === 'good').map((output) => output.text);
    const plain = loadTokenizer(STORYTELLER).decode([token, token]);
    expect(text.join('').replaceAll(/[[\]!]/g, '')).toBe(plain);
    expect(text.join('')).toMatch(/^\[.*\]!$/);
    expect(outputs.find(({ id }) => id === 'bad')?.error).toMatchObject({ code: 'plugin_failed', retryable: false });
    await expect.poll(() => printed).toContain('broken processor');
  });

  it('is a part of the fingerprint', async () => {
    const fingerprint = async (version: string): Promise<string> => {
      writeFileSync(join(folder, 'versioned.mjs'), `export default { version: '${version}' };`);
      const { info } = await startEngine(join(folder, 'versioned.mjs'))('loaded');
      child.kill('SIGKILL');
      return info.fingerprint;
    };
    expect(await fingerprint('1')).not.toBe(await fingerprint('2'));
  });

  it('that cannot be loaded is the reason why the model is not, by its name', async () => {
    const { error } = await startEngine('@team/no-such-plugin')('load_failed');
    expect(error).toMatchObject({ code: 'model_invalid', message: expect.stringContaining('@team/no-such-plugin') });
  });

  it('changes prompts in the text process, and fails one text alone', async () => {
    const event = start<TextEvent>('@frontier/engine/text-process');
    const options = { path: STORYTELLER, plugin: join(folder, 'plugin.mjs'), niceness: 0 };
    command({ type: 'load', options });
    // A changed prompt has any length, so none is refused or cut by the length of what came.
    expect((await event('loaded')).info.maxUnitsPerToken).toBe(Infinity);
    const encode = (text: string): void =>
      command({ type: 'run', task: { type: 'encode', text, addSpecialTokens: false } });
    encode('forbidden');
    expect((await event('failed')).error).toMatchObject({ code: 'plugin_failed', status: 422 });
    encode('once');
    expect((await event('done')).result).toEqual(loadTokenizer(STORYTELLER).encode('ONCE', false));
    await expect.poll(() => printed).toContain('broken hook');
  });
});
