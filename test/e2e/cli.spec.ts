import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine, FRONTIER, hasScript, masked } from '../support/command-line.ts';
import { STORYTELLER } from '../support/server.ts';

const hasShell = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

describe('frontier', () => {
  let cli: CommandLine;
  beforeAll(() => (cli = new CommandLine({ FRONTIER_URL: 'http://127.0.0.1:9' })));
  afterAll(() => cli.remove());

  it('shows the first page alone, and the version', async () => {
    const { code, stdout, stderr } = await cli.run([]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^frontier \d+\.\d+\.\d+, an inference server for Node teams\n {2}serve \[model \.\.\.\]/);
    const [help, version, versionAsJson, keys] = await Promise.all(
      [['--help'], ['--version'], ['--version', '--json'], ['keys', '--json']].map((args) => cli.run(args)),
    );
    expect(help).toMatchObject({ code: 0, stdout });
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(versionAsJson.stdout).toMatch(/^\{"version":"\d+\.\d+\.\d+"\}\n$/);
    expect([keys.code, keys.stderr, JSON.parse(keys.stdout)]).toEqual([
      2,
      '',
      { error: expect.objectContaining({ code: 'usage', message: 'a command is missing.' }) },
    ]);
  });

  it('says of a word that it does not know what was meant', async () => {
    const { code, stdout, stderr } = await cli.run(['serv']);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: "error: unknown command 'serv'.\n  Did you mean:  serve\n  All options:   frontier --help\n",
    });
  });

  it('makes, lists and revokes keys, of which a file has the SHA-256', async () => {
    const added = await cli.run(['keys', 'add', 'search-team', '--rpm', '100', '--models', 'storyteller']);
    expect([added.code, added.stdout]).toEqual([0, expect.stringMatching(/^fk_[\w-]{32}\n$/)]);
    expect(added.stderr).toBe(
      'Key, shown once (keys.yaml keeps its SHA-256, running servers read it by themselves):\nServe with it:  frontier serve --keys-file keys.yaml\n',
    );
    expect(statSync(join(cli.folder, 'keys.yaml')).mode & 0o777).toBe(0o600);
    const [again, listed, listedAsJson, other] = await Promise.all(
      [
        ['keys', 'add', 'search-team'],
        ['keys', 'list'],
        ['keys', 'list', '--json'],
        ['keys', 'revoke', 'other'],
      ].map((args) => cli.run(args)),
    );
    expect([again.code, again.stderr]).toEqual([6, expect.stringContaining('has a key "search-team" already')]);
    expect(listed).toEqual({
      code: 0,
      stdout: 'NAME         MODELS       RPM  ADMIN\nsearch-team  storyteller  100  no\n',
      stderr: '',
    });
    expect(JSON.parse(listedAsJson.stdout)).toMatchObject({
      keys: [{ name: 'search-team', models: ['storyteller'], rpm: 100, admin: false }],
    });
    expect(other).toMatchObject({ code: 3, stdout: '' });
    expect(await cli.run(['keys', 'revoke', 'search-team'])).toMatchObject({ code: 0 });
  });

  it('looks at this machine, and counts warnings where that is wanted', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const PORT = String((other.address() as AddressInfo).port);
    const env = { PORT, DATA_DIR: '/etc/hostname/data', REDIS_URL: 'redis://127.0.0.1:9' };
    const { code, stdout, stderr } = await cli.run(['doctor', '--strict', '--json'], { env });
    other.close();
    const { checks, failed } = JSON.parse(stdout) as {
      checks: { name: string; status: string; do?: string }[];
      failed: number;
    };
    expect([code, stderr]).toEqual([1, '']);
    expect(failed).toBeGreaterThanOrEqual(2);
    expect(failed).toBe(checks.filter(({ status }) => status !== 'ok').length);
    expect(checks.find(({ name }) => name === 'port')).toMatchObject({ status: 'warn' });
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['node', 'threads', 'memory', 'port', 'folders', 'redis']),
    );
    expect(checks.filter((check) => (check.status === 'ok') === (check.do !== undefined))).toEqual([]);
    expect(checks.find(({ name }) => name === 'redis')).toMatchObject({
      status: 'fail',
      do: expect.stringContaining('REDIS_URL'),
    });
  });

  it('loads a model to say that it can be served, and names what is wrong with one', async () => {
    const good = await cli.run(['doctor', STORYTELLER]);
    expect([good.code, good.stderr]).toEqual([0, '']);
    expect(masked(good.stdout)).toBe(
      [
        'ok    files         safetensors, # file of weights',
        'ok    architecture  LlamaForCausalLM, # layers',
        'ok    tokenizer     a tokenizer and a chat template',
        'ok    memory        about # GB and its caches; this machine has # GB',
        'ok    loads         in # s',
        '# failed, # warnings, # ok\n',
      ].join('\n'),
    );
    writeFileSync(join(cli.folder, 'config.json'), '{"architectures":["T5ForConditionalGeneration"]}');
    writeFileSync(join(cli.folder, 'model.safetensors'), '');
    const bad = await cli.run(['doctor', '.']);
    expect([bad.code, bad.stderr]).toEqual([7, '']);
    expect(bad.stdout).toMatch(/^fail {2}.*\n {6}do {12}\S.*\n1 failed, 0 warnings, \d ok\n$/m);
  });

  it('lists what is served', async () => {
    const { stdout } = await cli.run(['doctor', '--supported', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      generate: expect.arrayContaining(['LlamaForCausalLM']),
      encode: expect.arrayContaining(['BertModel']),
      gguf: expect.arrayContaining(['llama']),
    });
  });

  it('measures a model beside the machine', async () => {
    const { code, stdout, stderr } = await cli.run(['bench', '--streams', '1,2', '--seconds', '0.1', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const { machine, rows } = JSON.parse(stdout) as { machine: object; rows: Record<string, unknown>[] };
    expect(machine).toEqual({
      threads: expect.any(Number),
      features: expect.any(Array),
      bytes_per_s: expect.any(Number),
      int8_ops_per_s: expect.any(Number),
    });
    expect(rows.map(({ what, streams }) => `${what} ${streams}`)).toEqual([
      'decode 1',
      'decode 2',
      'prompt 1',
      'prompt 2',
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({
        tokens_per_s: expect.any(Number),
        p50_ms: expect.any(Number),
        of_limit: expect.any(Number),
      });
    }
  });

  it('completes in bash', () => {
    const line = 'COMP_WORDS=(frontier keys add --m); COMP_CWORD=3; _frontier; echo "${COMPREPLY[@]}"';
    expect(completed('bash', line)).toBe('--models\n');
  });

  it.runIf(hasShell('zsh'))('completes in zsh', () => {
    const line = 'compadd() { print -r -- "$@"; }; words=(frontier keys add --m); CURRENT=4; _frontier';
    expect(completed('zsh', line, 'autoload -U compinit; compinit -u -D; ')).toContain('--models --rpm');
  });

  it.runIf(hasShell('fish'))('completes in fish', () => {
    const lines = 'complete -C "frontier pu"; complete -C "frontier keys add --m"';
    expect(completed('fish', lines)).toMatch(/^pull\t.*\n--models\t.*\n$/);
  });

  it.runIf(hasScript)('has colours in a terminal, none with NO_COLOR, --no-color or TERM=dumb', async () => {
    const colored = cli.terminal(['serv']);
    const checked = cli.terminal(['doctor']);
    const plain = (
      [
        [['serv'], { NO_COLOR: '1' }],
        [['doctor', '--no-color'], {}],
        [['--no-color', 'doctor'], {}],
        [['serv'], { TERM: 'dumb' }],
      ] as const
    ).map(([args, env]) => cli.terminal(args, { env }));
    expect(await colored.exit()).toBe(2);
    expect(colored.output).toContain('\u001b[31merror:');
    await checked.exit();
    expect(checked.output).toContain('\u001b[32mok\u001b[39m');
    for (const terminal of plain) {
      await terminal.exit();
      expect(terminal.output).not.toContain('\u001b');
      expect(terminal.output).toMatch(/error:|ok/);
    }
  });

  function completed(shell: string, line: string, before = ''): string {
    const script = join(cli.folder, `completion.${shell}`);
    const made = spawnSync(process.execPath, [FRONTIER, 'completion', shell], { env: cli.env });
    writeFileSync(script, made.stdout);
    const { stdout, stderr } = spawnSync(shell, ['-c', `${before}source ${script}; ${line}`], {
      env: cli.env,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return stdout;
  }
});
