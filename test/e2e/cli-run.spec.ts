import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine, hasScript } from '../support/command-line.ts';
import { ScriptedApi } from '../support/scripted-api.ts';
import { waitFor } from '../support/server.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

describe('frontier run', () => {
  let api: ScriptedApi;
  let cli: CommandLine;
  beforeEach(async () => {
    api = await ScriptedApi.start();
    cli = new CommandLine({ FRONTIER_URL: api.url });
  });
  afterEach(() => {
    cli.remove();
    api.stop();
  });

  it('answers a pipe with text alone, or one object', async () => {
    const piped = await cli.run(['run', 'storyteller', '--max-tokens', '9', '--seed', '1', '--system', 'Be kind.'], {
      input: 'Tell me\n',
    });
    expect(piped).toEqual({ code: 0, stdout: 'Once upon a time.\n', stderr: '' });
    expect(api.bodies[0]).toMatchObject({
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Tell me' },
      ],
      max_tokens: 9,
      seed: 1,
    });
    const json = await cli.run(['run', '-m', 'gpt-4o', 'Tell', 'me', '-', '--json'], { input: 'more' });
    expect([json.code, json.stderr]).toEqual([0, '']);
    expect(JSON.parse(json.stdout)).toMatchObject({ object: 'chat.completion' });
    expect(api.bodies[1].messages).toEqual([{ role: 'user', content: 'Tell me\n\nmore' }]);
  });

  it('reads no standard input beside a text: one that stays open is not waited for', async () => {
    const child = cli.spawn(['run', 'storyteller', 'Tell me']);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(api.bodies[0].messages).toEqual([{ role: 'user', content: 'Tell me' }]);
  });

  it.each<[string, string[], string, number, RegExp]>([
    ['no such model', ['other', 'Hi'], '', 3, /there is no model "other" here/],
    ['a wrong key', ['storyteller', 'Hi'], 'wrong', 5, /refuses the key/],
    ['no server', ['Hi you', '--url', 'http://127.0.0.1:9'], '', 4, /no server answers at http:\/\/127\.0\.0\.1:9/],
  ])('ends with a code for %s, and says what to do', async (_, args, key, code, message) => {
    const ran = await cli.run(['run', ...args], { env: { FRONTIER_KEY: key } });
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).toMatch(/^error: .+\n( {2}\S.*: {2,}\S.*\n){1,3}$/);
  });

  it.runIf(hasScript)('chats: a paste is one message, Ctrl-C keeps the chat, Ctrl-D ends it', async () => {
    const terminal = cli.terminal(['run'], { columns: 80 });
    await terminal.shows(/storyteller at http:\S+ · \/\? help · Ctrl-D ends[^]*> /);
    const pasted = Array.from({ length: 50 }, (_, i) => `line ${i}`);
    terminal.type(`${pasted.join('\r')}\r`);
    await terminal.shows(/7\+4 tok · first \d+ ms/);
    expect(api.bodies.map(({ messages }) => messages.at(-1)!.content)).toEqual([pasted.join('\n')]);

    api.words = Array.from({ length: 500 }, (_, i) => ` word${i}`);
    api.pauseMs = 20;
    terminal.type('Go on\r');
    await terminal.shows('word3');
    terminal.type(CTRL_C);
    await terminal.shows('stopped');
    api.words = ['\u001b[2JThe', ' end.'];
    terminal.type('"""\rtwo\r');
    await terminal.shows('… ');
    terminal.type('lines"""\r');
    await terminal.shows('The end.');
    expect(terminal.output).not.toContain('\u001b[2J');
    const { messages } = api.bodies.at(-1)!;
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    expect(messages.at(-1)!.content).toBe('two\nlines');

    terminal.type('/save chat.json\r');
    await terminal.shows('Saved in chat.json.');
    expect(JSON.parse(readFileSync(join(cli.folder, 'chat.json'), 'utf8'))).toMatchObject({ model: 'storyteller' });
    terminal.type('/sav\r');
    await terminal.shows('There is no command /sav.');
    terminal.type(CTRL_C);
    await terminal.shows('Ctrl-D ends.');
    terminal.type(CTRL_D);
    expect(await terminal.exit()).toBe(0);
  });

  it.runIf(hasScript)('asks for a key, which is not shown; tells an error, and goes on', async () => {
    api.key = 'a secret of mine';
    const [terminal, stopped] = [cli.terminal(['run', 'storyteller']), cli.terminal(['run', 'storyteller'])];
    await stopped.shows('Key of ');
    stopped.type(CTRL_C);
    expect(await stopped.exit()).toBe(130);
    await terminal.shows(`Key of ${api.url}: `);
    terminal.type(`${api.key}\r`);
    await terminal.shows('> ');
    expect(terminal.output).not.toContain(api.key);
    api.key = 'another';
    terminal.type('Hello\r');
    await terminal.shows('refuses the key');
    api.key = 'a secret of mine';
    terminal.type('Hello\r');
    await terminal.shows('Once upon a time.');
    terminal.type('/bye\r');
    expect(await terminal.exit()).toBe(0);
  });

  it.runIf(hasScript)('has no escape byte in an answer with NO_COLOR', async () => {
    const terminal = cli.terminal(['run', 'storyteller', 'Hello'], { env: { NO_COLOR: '1' } });
    expect(await terminal.exit()).toBe(0);
    expect(terminal.output).toBe('Once upon a time.\r\n');
  });

  it('starts a server of its own where none runs, which takes over little of another one, and ends it', async () => {
    const folders = (): string[] => globSync('frontier-data-*', { cwd: cli.folder });
    const running = cli.run(['run', 'storyteller', '--max-tokens', '5', '--temperature', '0'], {
      input: 'Hello',
      env: {
        FRONTIER_URL: 'http://127.0.0.1:9',
        LOG_LEVEL: 'error',
        ENVIRONMENT: 'production',
        JOBS_REDIS_URL: 'redis://127.0.0.1:9',
        TMPDIR: cli.folder,
      },
    });
    await waitFor(() => folders().length === 1, 25_000);
    const { code, stdout, stderr } = await running;
    expect(folders()).toEqual([]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\w+/);
  });
});
