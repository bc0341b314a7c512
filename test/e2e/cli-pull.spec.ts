import { once } from 'node:events';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FAKE_COMMIT, FAKE_REPOSITORY, FakeHub, sendSlowly } from '@frontier/engine/testing/fake-hub';
import { CommandLine, hasScript, masked } from '../support/command-line.ts';
import { ScriptedApi } from '../support/scripted-api.ts';
import { STORYTELLER } from '../support/server.ts';

const MODEL = `hf:${FAKE_REPOSITORY}`;
const FILES = Object.fromEntries(
  readdirSync(STORYTELLER)
    .filter((name) => name !== 'golden.json')
    .map((name) => [name, readFileSync(join(STORYTELLER, name))] as const),
);

describe('frontier pull, list and rm', () => {
  let hub: FakeHub;
  let cli: CommandLine;
  beforeEach(async () => {
    hub = await FakeHub.start(FILES);
    cli = new CommandLine({ HF_ENDPOINT: hub.url });
  });
  afterEach(async () => {
    cli.remove();
    await hub.stop();
  });

  const cached = (): string[] => globSync('.cache/huggingface/hub/**/*', { cwd: cli.folder });

  it('downloads, says what it has done, and once more that all is there', async () => {
    const first = await cli.run(['pull', MODEL]);
    const path = join(cli.folder, '.cache/huggingface/hub/models--frontier--tiny/snapshots', FAKE_COMMIT);
    expect([first.code, first.stdout]).toEqual([0, `${path}\n`]);
    expect(masked(first.stderr).replace(/# m?s,/, '# <time>,')).toBe(
      'main is c#ffee# · # files · # MB · # GB free\nDone in # <time>, checksums good. Try: frontier run hf:frontier/tiny\n',
    );
    const again = await cli.run(['pull', MODEL, '--json']);
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(
      again.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([
      { event: 'resolved', revision: FAKE_COMMIT, files: 5, bytes: expect.any(Number) },
      { event: 'done', path, seconds: expect.any(Number) },
    ]);
    const parts = await cli.run(['pull', MODEL, '--include', '*.json', '--exclude', 'golden*', '--json']);
    expect(JSON.parse(parts.stdout.split('\n')[0])).toMatchObject({ files: 4 });
  });

  it.runIf(hasScript)('has a bar that fits, grows, and follows the width of the terminal', async () => {
    hub.misbehave = sendSlowly(350_000);
    const terminal = cli.terminal(['pull', MODEL], { columns: 120 });
    await terminal.shows(/ [2-5]\d %/);
    terminal.resize(40);
    expect(await terminal.exit()).toBe(0);
    const bars = terminal.lines.filter((line) => /\d %/.test(line));
    const widths = bars.map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThan(120);
    expect(bars[0]).toMatch(/^━*╸?─* +\d+ % {2}[\d.]+ of 6\.4 MB/);
    expect(bars.at(-1)).toMatch(/^100 % {2}[\d.]+ MB\/s$/);
    const percents = bars.map((line) => Number(/(\d+) %/.exec(line)![1]));
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents.filter((percent) => percent === 100)).toHaveLength(1);
    expect(terminal.output).not.toContain('\u001b[?25l');
  });

  it.runIf(hasScript)('stops with Ctrl-C, and goes on where it was', async () => {
    hub.misbehave = sendSlowly(350_000);
    const terminal = cli.terminal(['pull', MODEL], { columns: 60 });
    await terminal.shows(/ [2-5]\d %/);
    terminal.type('\u0003');
    expect(await terminal.exit()).toBe(130);
    expect(terminal.lines.join('\n')).toMatch(/error: stopped\.\n+ {2}Go on: {2}frontier pull hf:frontier\/tiny\n/);
    expect(cached().filter((name) => name.endsWith('model.safetensors'))).toEqual([]);
    hub.misbehave = () => undefined;
    hub.requests.length = 0;
    expect((await cli.run(['pull', MODEL])).code).toBe(0);
    const asked = hub.requests.find(({ path }) => path.endsWith('model.safetensors'));
    expect(asked!.range).toMatch(/^bytes=[1-9]/);
  });

  it.runIf(hasScript)('has no escape byte with NO_COLOR', async () => {
    const terminal = cli.terminal(['pull', MODEL], { env: { NO_COLOR: '1' } });
    expect(await terminal.exit()).toBe(0);
    expect(terminal.output).not.toContain('\u001b');
    expect(terminal.output).toContain('100 %');
  });

  it.each<[string, string[], FakeHub['misbehave'] | undefined, number, RegExp]>([
    ['no such model', ['pull', 'hf:frontier/none'], undefined, 3, /is not on/],
    ['terms to accept', ['pull', MODEL], refusing(403, 'GatedRepo'), 5, /Accept its terms/],
    ['an empty cache offline', ['pull', MODEL, '--offline'], undefined, 4, /is not in the cache/],
  ])('ends with a code for %s, and says what to do', async (_, args, misbehave, code, message) => {
    if (misbehave) hub.misbehave = misbehave;
    const ran = await cli.run(args);
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).toMatch(/^error: .+\n( {2}\S.*: {2,}\S.*\n){1,3}$/);
  });

  it('says with --json why it failed, on the standard output alone', async () => {
    const { code, stdout, stderr } = await cli.run(['pull', 'hf:frontier/none', '--json']);
    expect([code, stderr]).toEqual([3, '']);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'not_found', message: expect.stringContaining('frontier/none'), hint: expect.any(String) },
    });
  });

  it('lists what is here, and removes it but not while a server uses it', async () => {
    await cli.run(['pull', MODEL]);
    const api = await ScriptedApi.start();
    const url = ['--url', api.url];
    const alone = await cli.run(['list'], { env: { FRONTIER_URL: 'http://127.0.0.1:9' } });
    expect([alone.code, masked(alone.stdout), alone.stderr]).toEqual([
      0,
      [
        'NAME         STATUS    SIZE    MEMORY   PRECISION  CONTEXT  SOURCE',
        'storyteller  unloaded  # MB  ~# MB  int#         #  bundled',
        'tiny         unloaded  # MB  ~# MB  fp#         #  hf:frontier/tiny\n',
      ].join('\n'),
      'No server runs here. Start one: frontier serve\n',
    ]);
    const listed = await cli.run(['list', '--json', ...url]);
    expect([listed.code, listed.stderr]).toEqual([0, '']);
    expect(JSON.parse(listed.stdout)).toEqual({
      server: api.url,
      models: [
        {
          name: 'storyteller',
          status: 'ready',
          bytes: expect.any(Number),
          memory: 38_000_000,
          precision: 'int8',
          context: 1024,
          source: MODEL,
        },
        expect.objectContaining({ name: 'storyteller', status: 'unloaded', source: 'bundled' }),
      ],
    });

    const used = await cli.run(['rm', 'tiny', '--yes', ...url]);
    expect([used.code, used.stderr.split('\n')[0]]).toEqual([
      6,
      `error: storyteller is in use by the server at ${api.url}; unload it first.`,
    ]);
    api.model.status = 'unloaded';
    const unasked = await cli.run(['rm', 'tiny', ...url]);
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('frontier rm hf:frontier/tiny --yes')]);
    const other = await cli.run(['rm', 'tinny', '--yes', ...url]);
    expect([other.code, other.stderr]).toEqual([3, expect.stringMatching(/Did you mean: {2}tiny\n/)]);
    const removed = await cli.run(['rm', 'tiny', '--yes', ...url]);
    expect([removed.code, masked(removed.stdout)]).toEqual([0, 'Freed # MB.\n']);
    expect(cached().filter((name) => name.includes('models--'))).toEqual([]);
    api.stop();
  });

  it.runIf(hasScript)('asks before it removes', async () => {
    await cli.run(['pull', MODEL]);
    const terminal = cli.terminal(['rm', 'tiny'], { env: { FRONTIER_URL: 'http://127.0.0.1:9' } });
    await terminal.shows('Remove tiny, 6.4 MB? [y/N] ');
    terminal.type('n\r');
    expect(await terminal.exit()).toBe(0);
    expect(terminal.output).toContain('Nothing was removed.');
  });

  it('ends by SIGTERM with 143', async () => {
    hub.misbehave = sendSlowly(350_000);
    const child = cli.spawn(['pull', MODEL]);
    while (!hub.fileRequests.some((path) => path.endsWith('model.safetensors'))) await sleep(20);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([143, null]);
  });
});

function refusing(status: number, code = ''): FakeHub['misbehave'] {
  return ({ response }) => !!response.writeHead(status, { 'x-error-code': code }).end();
}
