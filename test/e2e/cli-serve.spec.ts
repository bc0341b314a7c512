import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine, hasScript, masked } from '../support/command-line.ts';
import { readEvents, waitFor } from '../support/server.ts';

describe('frontier serve', () => {
  let cli: CommandLine;
  beforeEach(() => (cli = new CommandLine()));
  afterEach(() => cli.remove());

  it('logs JSON lines without a terminal, and keeps nothing in the working folder', async () => {
    const child = cli.spawn(['serve', '--port', '0'], { GRAPH_CACHE_DIR: '' });
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await waitFor(() => output.includes('is ready after'), 25_000);
    const url = /Listening on (http:\S+)/.exec(output)![1];
    const { data } = (await (
      await fetch(`${url}/v1/models`, { headers: { authorization: 'Bearer changeme' } })
    ).json()) as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(['storyteller']);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    const lines = output.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).not.toContain('error');
    expect(output).not.toContain('changeme');
    expect(output).not.toContain('\u001b');
    expect(readdirSync(cli.folder).filter((name) => !name.startsWith('.'))).toEqual([]);
  });

  it.runIf(hasScript)('shows a banner in a terminal, then requests; Ctrl-C lets a stream end whole', async () => {
    const terminal = cli.terminal(['serve', '--port', '0'], { columns: 120 });
    await terminal.shows('ready in');
    const url = /API {7}(http:\S+)\/v1/.exec(terminal.lines.join('\n'))![1];
    const banner = masked(terminal.output.slice(terminal.output.lastIndexOf('\u001b[J'))).trimEnd();
    expect(banner.replace(/[\d#.]+ (m?s|GiB)/g, '# $1')).toMatch(
      new RegExp(
        [
          '^ {2}Frontier # · ready in # m?s',
          ' {2}Console {3}http://# +API {7}http://#/v#',
          ' {2}Key {7}changeme {2}\\(this machine only\\) +Docs {6}http://#/docs',
          ' {2}Models {4}storyteller · ready · int#( · # MB)? {5}the bundled demonstration; add one: frontier pull hf:org/name',
          ' {2}Machine {3}# threads · # of # GiB',
          ' {2}Ctrl-C stops after running answers have ended\\.$',
        ].join('\n'),
      ),
    );
    const headers = { authorization: 'Bearer changeme' };
    // The contract of a server is read with its first response, which takes longer than the stream.
    await fetch(`${url}/v1/models`, { headers });
    const stream = await fetch(`${url}/v1/infer/stream`, {
      method: 'POST',
      headers,
      body: '{"prompt":"Tom","params":{"max_new_tokens":1000,"ignore_eos":true}}',
    });
    const events = readEvents(stream);
    await events.next();
    terminal.type('\u0003');
    await terminal.shows('Draining 1 answer, at most 45 s. Again to stop now.');
    let last: string | undefined;
    for await (const { event } of events) last = event;
    expect(last).toBe('done');
    expect(await terminal.exit()).toBe(0);
    expect(terminal.lines.at(-2)).toMatch(
      /^\d\d:\d\d:\d\d POST \/v1\/infer\/stream 200 [\d.]+ m?s storyteller \d+\+1000 tok, first \d+ ms, \d+\/s$/,
    );
  });

  it('says last that its port is in use, and loads nothing', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stdout, stderr } = await cli.run(['serve', '--port', String(port)]);
    other.close();
    expect([code, stdout]).toEqual([6, '']);
    expect(stderr).toBe(
      [
        `error: port ${port} on 127.0.0.1 is in use.`,
        `  Another one:   frontier serve --port ${port + 1}`,
        '  Any free one:  frontier serve --port 0\n',
      ].join('\n'),
    );
  });

  it.each<[string, string[], number, RegExp]>([
    [
      'a model that is not there',
      ['serve', 'nowhere/model'],
      3,
      /there is no model in "nowhere\/model"[^]*hf:nowhere\/model/,
    ],
    [
      'keys that are none',
      ['serve', '--port', '0', '--keys-file', '/etc/hostname'],
      2,
      /"keys" must be a list|not valid YAML/,
    ],
    ['models and a file', ['serve', '.', '--config', 'x.yaml'], 2, /models are named twice/],
    ['a file that is not there', ['serve', '--config', 'x.yaml'], 2, /x\.yaml does not exist/],
  ])('ends with a code for %s, and says what to do', async (_, args, code, message) => {
    const ran = await cli.run(args);
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).toMatch(/\n( {2}\S.*: {2,}\S.*\n){1,3}$/);
  });
});
