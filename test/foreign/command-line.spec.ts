import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUp, waitFor } from '../support/server.ts';
import { installLocked, packLibs } from './support/foreign-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LOCK = resolve(import.meta.dirname, 'command-line.lock.json');
const run = promisify(execFile);

/** The PATH without this repository's own programs: its Node is that of the machine. */
const SYSTEM_PATH = process.env
  .PATH!.split(':')
  .filter((place) => !place.startsWith(ROOT))
  .join(':');
const systemNode = spawnSync('node', ['--version'], { env: { PATH: SYSTEM_PATH }, encoding: 'utf8' }).stdout?.trim();
const isOld = systemNode !== undefined && parseInt(systemNode.slice(1), 10) < 24;

/** The published command line, as it comes out of `npm install` in an empty folder. */
describe('the packed command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-command-line-'));
  const home = join(folder, 'home');
  const work = join(folder, 'work');
  const env = { PATH: SYSTEM_PATH, HOME: home };
  const bin = join(folder, 'node_modules/frontier/bin/frontier.cjs');
  let server: ChildProcess | undefined;
  let faults: (string | undefined)[];

  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      if (server) process.kill(-server.pid!, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };

  beforeAll(async () => {
    await run('npm', ['run', 'bundle', '-w', 'frontier'], { cwd: ROOT });
    const packed = await packLibs(['apps/frontier']);
    for (const place of [home, work, join(folder, 'tarballs')]) mkdirSync(place);
    const tarballs = Object.entries(packed.tarballs);
    for (const [, file] of tarballs) cpSync(file, join(folder, 'tarballs', basename(file)));
    faults = await lint(packed.tarballs.frontier);
    const dependencies = Object.fromEntries(
      tarballs.map(([name, file]) => [name, `file:tarballs/${basename(file)}`] as const),
    );
    // As `npm install tarballs/*.tgz` writes it.
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies }, null, 2));
    rmSync(packed.folder, { recursive: true });
    await installLocked(folder, LOCK);
  }, 240_000);
  afterAll(async () => {
    signalGroup('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  it('has what npm needs, the demonstration model, and no tests', () => {
    expect(faults).toEqual([]);
    const files = readdirSync(join(folder, 'node_modules/frontier'), { recursive: true }) as string[];
    expect(files).toContain('models/storyteller/model.safetensors');
    expect(files.filter((file) => /golden|\.spec\.|tsbuildinfo/.test(file))).toEqual([]);
  });

  it('serves with npx in an empty folder, and ends with the status of the server', async () => {
    const startedAt = performance.now();
    server = spawn('npx', ['--no-install', 'frontier', 'serve', '--port', '0'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      // As a terminal does, the group gets the signal: npx does not pass it on.
      detached: true,
    });
    let output = '';
    server.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await waitFor(() => /Listening on (http:\S+) /.test(output), 30_000);
    const url = /Listening on (http:\S+) /.exec(output)![1];
    const answer = async (): Promise<Response> =>
      fetch(`${url}/v1/completions`, {
        method: 'POST',
        headers: { authorization: 'Bearer changeme', 'content-type': 'application/json' },
        body: '{"prompt":"Once upon a time","max_tokens":4,"temperature":0}',
      });
    await waitFor(async () => (await answer()).status === 200, 30_000);
    process.stdout.write(`frontier serve answers after ${Math.round(performance.now() - startedAt)} ms.\n`);
    expect(output).not.toContain('changeme');
    expect((await fetch(`${url}/console/`)).status).toBe(200);
    signalGroup('SIGINT');
    await once(server, 'exit');
    await waitFor(async () => (await isUp(url)) === false);
    expect(readdirSync(folder).toSorted()).toEqual([
      'home',
      'node_modules',
      'package-lock.json',
      'package.json',
      'tarballs',
      'work',
    ]);
  });

  const inOldNode = (args: string[], path = bin) =>
    spawnSync('node', [path, ...args], { cwd: work, env, encoding: 'utf8' });

  it.runIf(isOld)(`goes on with its own Node where that of the machine is ${systemNode}`, () => {
    expect(inOldNode(['--version'])).toMatchObject({ status: 0, stdout: '0.1.0\n', stderr: '' });
    expect(inOldNode(['serv'])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^error: /) });
  });

  it.runIf(isOld)('passes signals on, and ends by them', async () => {
    const child = spawn('node', [bin, 'serve', '--port', '0'], {
      cwd: work,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.runIf(isOld)('says in one line that there is no Node to go on with', () => {
    const lone = join(tmpdir(), `frontier-lone-${process.pid}.cjs`);
    cpSync(bin, lone);
    const { status, stdout, stderr } = inOldNode(['serve'], lone);
    rmSync(lone);
    expect([status, stdout]).toEqual([7, '']);
    expect(stderr).toMatch(/^error: this is Node \d+\.\d+\.\d+, and frontier needs Node 24 or later: .*\n$/);
  });
});

async function lint(file: string): Promise<(string | undefined)[]> {
  const data = readFileSync(file);
  const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages.map((message) => formatMessage(message, pkg));
}
