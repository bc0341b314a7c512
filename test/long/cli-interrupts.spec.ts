import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAKE_REPOSITORY, FakeHub, sendSlowly } from '@frontier/engine/testing/fake-hub';
import { CommandLine, hasScript } from '../support/command-line.ts';
import { SHAPE_135M, writeRandomModel } from '../support/random-model.ts';
import { STORYTELLER, waitFor } from '../support/server.ts';

/** Of each command; `INTERRUPTS=4` for more than twenty in all. */
const MOMENTS = Number(process.env.INTERRUPTS ?? 2);
const CTRL_C = '\u0003';

/** Ctrl-C at random moments; a failure names the moment. */
describe.runIf(hasScript)('Ctrl-C at any moment', () => {
  let hub: FakeHub;
  let cli: CommandLine;
  let model: string;
  beforeAll(async () => {
    hub = await FakeHub.start(
      Object.fromEntries(readdirSync(STORYTELLER).map((name) => [name, readFileSync(join(STORYTELLER, name))])),
    );
    hub.misbehave = sendSlowly(100_000);
    cli = new CommandLine({ HF_ENDPOINT: hub.url, FRONTIER_URL: 'http://127.0.0.1:9' });
    // It is quantised for about a second.
    model = join(cli.folder, 'random');
    writeRandomModel(model, { ...SHAPE_135M, num_hidden_layers: 12 });
    cli.env.TMPDIR = cli.folder;
  });
  afterAll(async () => {
    cli.remove();
    await hub.stop();
  });

  /** Ends a command so long after its start. */
  const interrupt = async (args: string[], afterMs: number): Promise<{ code: number | null; output: string }> => {
    const terminal = cli.terminal(args, { env: { GRAPH_CACHE_DIR: 'off' } });
    await terminal.starts();
    await sleep(afterMs);
    terminal.type(CTRL_C);
    return { code: await terminal.exit(), output: terminal.output };
  };
  const isGone = (): boolean => globSync('frontier-data-*', { cwd: cli.folder }).length === 0;

  it.each([
    ['pull', () => ['pull', `hf:${FAKE_REPOSITORY}`], 2000],
    ['load and quantise', () => ['doctor', model, '--precision', 'int8'], 2500],
    ['bench', () => ['bench', model, '--seconds', '1'], 5000],
    ['run', () => ['run', 'storyteller', 'Tell me a very long story', '--max-tokens', '900'], 4000],
  ])('of %s ends it with 130, and the next call goes on', async (name, args, longestMs) => {
    for (let i = 0; i < MOMENTS; i++) {
      const afterMs = 150 + Math.random() * longestMs;
      const { code, output } = await interrupt(args(), afterMs);
      // It may have been faster.
      expect([0, 130], `${name} after ${afterMs} ms: ${output}`).toContain(code);
      expect(output).not.toContain('\u001b[?25l');
      // A server of its own has ended as well.
      await waitFor(isGone);
    }
    const weights = globSync('.cache/huggingface/hub/**/model.safetensors', { cwd: cli.folder });
    for (const file of weights) {
      expect(readFileSync(join(cli.folder, file)).equals(readFileSync(join(STORYTELLER, 'model.safetensors')))).toBe(
        true,
      );
    }
    expect(globSync('.cache/**/*.draft', { cwd: cli.folder })).toEqual([]);
  });

  it('of the start of serve ends it with 0, or 130 before it serves', async () => {
    for (let i = 0; i < MOMENTS; i++) {
      const { code } = await interrupt(['serve', '--port', '0'], 100 + Math.random() * 3000);
      expect([0, 130]).toContain(code);
    }
  });

  it('of a server that streams, a second time, stops it at once, which has no escape byte with NO_COLOR', async () => {
    const terminal = cli.terminal(['serve', '--port', '0'], { env: { NO_COLOR: '1' } });
    await terminal.shows('ready in');
    const url = /API {7}(http:\S+)\/v1/.exec(terminal.output)![1];
    const request = {
      method: 'POST',
      headers: { authorization: 'Bearer changeme' },
      body: '{"prompt":"Tom","params":{"max_new_tokens":1000,"ignore_eos":true}}',
    };
    // Together they take seconds.
    const streams = await Promise.all(Array.from({ length: 30 }, () => fetch(`${url}/v1/infer/stream`, request)));
    terminal.type(CTRL_C);
    await terminal.shows('Draining 30 answers');
    await sleep(1100);
    terminal.type(CTRL_C);
    expect(await terminal.exit()).toBe(130);
    // Held until here: a response that nobody holds is given up.
    expect(streams.every(({ status }) => status === 200)).toBe(true);
    expect(terminal.output).not.toContain('\u001b');
  });

  it('has left nothing that keeps a command from its end', async () => {
    hub.misbehave = () => undefined;
    expect((await cli.run(['pull', `hf:${FAKE_REPOSITORY}`])).code).toBe(0);
    expect((await cli.run(['run', 'tiny', '--max-tokens', '4'], { input: 'Hello' })).code).toBe(0);
  });
});
