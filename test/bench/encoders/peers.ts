import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ASSETS } from '../../real/support/assets.ts';
import { isUp, waitFor } from '../../support/server.ts';
import { Callers, type LoopResult } from './callers.ts';
import type { Contestant } from './contestant.ts';

const FOLDER = resolve(import.meta.dirname, '../../../.cache/encoder-peers');
/** A start reads a thousand modules. */
const START_TIMEOUT_MS = 120_000;

const PEERS = {
  'sentence-transformers': startSentenceTransformers,
  'infinity-emb': startInfinity,
};
type Peer = keyof typeof PEERS;
const NAMES = Object.keys(PEERS) as Peer[];

/** Makes an environment of Python for each of the peers; downloads several gigabytes. */
export function installPeers(): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const peer of NAMES) {
    const requirements = join(import.meta.dirname, `${peer}.txt`);
    run('python3', ['-m', 'venv', join(FOLDER, peer)]);
    run(join(FOLDER, peer, 'bin/pip'), ['install', '--disable-pip-version-check', '-r', requirements]);
  }
}

/** Starts the peers that are installed, on as many threads as we take. */
export async function startPeers(threads: number): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const peer of NAMES) {
    if (existsSync(join(FOLDER, peer))) contestants.push(await PEERS[peer](threads));
    else console.log(`${peer} is not installed: npm run bench:encoders -- --install`);
  }
  return contestants;
}

/** sentence-transformers without HTTP: its loop gets the texts of all callers at once, which is the best that it could be given. */
async function startSentenceTransformers(threads: number): Promise<Contestant> {
  const program = join(import.meta.dirname, 'sentence_transformers_loop.py');
  const child = spawn(binary('sentence-transformers', 'python'), [program, ASSETS.encoder, String(threads)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: environment(threads),
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const read = async <T>(): Promise<T> => {
    const line = await lines.next();
    if (line.done) throw new Error('The process of sentence-transformers has ended.');
    return JSON.parse(line.value as string) as T;
  };
  const { version } = await read<{ version: string }>();
  return {
    name: `sentence-transformers ${version}`,
    loop: (texts, callers, seconds) => {
      child.stdin.write(`${JSON.stringify({ texts, batch: callers, seconds })}\n`);
      return read<LoopResult>();
    },
    close: () => end(child),
  };
}

async function startInfinity(threads: number): Promise<Contestant> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const model = ['--model-id', ASSETS.encoder, '--served-model-name', 'minilm', '--dtype', 'float32'];
  const server = ['--engine', 'torch', '--device', 'cpu', '--host', '127.0.0.1', '--port', String(port)];
  const child = spawn(binary('infinity-emb', 'infinity_emb'), ['v2', ...model, ...server, ...INFINITY_FLAGS], {
    stdio: 'ignore',
    // It writes files beside itself.
    cwd: FOLDER,
    env: environment(threads),
  });
  await waitFor(() => child.exitCode !== null || isUp(`${url}/health`), START_TIMEOUT_MS);
  if (child.exitCode !== null) throw new Error('infinity-emb has ended.');
  const callers = new Callers({ url: `${url}/embeddings`, model: 'minilm' });
  const { stdout } = spawnSync(binary('infinity-emb', 'pip'), ['show', 'infinity-emb'], { encoding: 'utf8' });
  return {
    name: `infinity-emb ${/^Version: (.*)$/m.exec(stdout)![1]}`,
    loop: (...args) => callers.loop(...args),
    close: () => {
      callers.close();
      return end(child);
    },
  };
}

/** The fastest of its settings here; BetterTransformer, its default, is slower on CPU. */
const INFINITY_FLAGS = ['--no-bettertransformer', '--log-level', 'warning'];

/** No model hub, no counting of users, and as many threads as asked for. */
function environment(threads: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    HF_HUB_OFFLINE: '1',
    DO_NOT_TRACK: '1',
    INFINITY_ANONYMOUS_USAGE_STATS: '0',
    OMP_NUM_THREADS: String(threads),
  };
}

function binary(peer: Peer, name: string): string {
  return join(FOLDER, peer, 'bin', name);
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? status}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
