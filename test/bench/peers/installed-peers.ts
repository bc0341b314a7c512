import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Contestant } from './contestant.ts';
import { startPeerProcess } from './peer-process.ts';

const FOLDER = resolve(import.meta.dirname, '../../../.cache/decoder-peers');
const ONNX_MODEL = join(FOLDER, 'onnxruntime-genai-model');

const here = (name: string): string => join(import.meta.dirname, name);
const environmentOf = (name: string): string => join(FOLDER, name);
const pythonOf = (name: string): string => join(environmentOf(name), 'bin/python');

interface Peer {
  /** Makes its environment. */
  install(): void;
  isInstalled(): boolean;
  /** Starts it on a GGUF file in Q4_0. */
  start(path: string, threads: number): Promise<Contestant>;
}

const PEERS = {
  openvino: {
    install: () => installPython('openvino-genai'),
    isInstalled: () => existsSync(pythonOf('openvino-genai')),
    start: (path, threads) => {
      const model = join(FOLDER, 'openvino-genai-model');
      const args = [here('openvino_genai_peer.py'), path, model, String(threads)];
      return startPeerProcess('openvino', pythonOf('openvino-genai'), args);
    },
  },
  'ort-genai': {
    install: () => installPython('onnxruntime-genai'),
    isInstalled: () => existsSync(pythonOf('onnxruntime-genai')),
    start: (path, threads) => {
      buildOnnxModel(path);
      const args = [here('onnxruntime_genai_peer.py'), ONNX_MODEL, String(threads)];
      return startPeerProcess('ort-genai', pythonOf('onnxruntime-genai'), args);
    },
  },
  'transformers.js': {
    install: () => {
      const environment = environmentOf('transformers-js');
      mkdirSync(environment, { recursive: true });
      for (const name of ['package.json', 'package-lock.json']) {
        copyFileSync(here(`transformers-js/${name}`), join(environment, name));
      }
      run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', environment]);
    },
    // Its model is made by the builder of another peer.
    isInstalled: () => [environmentOf('transformers-js'), pythonOf('onnxruntime-genai')].every(existsSync),
    start: (path, threads) => {
      buildOnnxModel(path);
      const args = [here('transformers_js_peer.mjs'), environmentOf('transformers-js'), ONNX_MODEL, String(threads)];
      return startPeerProcess('transformers.js', process.execPath, args);
    },
  },
} satisfies Record<string, Peer>;
export type InstalledPeer = keyof typeof PEERS;

/** Makes the environments of all peers; downloads several gigabytes. */
export function installPeers(): void {
  for (const { install } of Object.values(PEERS)) install();
}

/** Starts a peer on a GGUF file in Q4_0; `undefined`, and a line that says so, where it is not installed. */
export async function startInstalledPeer(
  name: InstalledPeer,
  path: string,
  threads: number,
): Promise<Contestant | undefined> {
  const peer: Peer = PEERS[name];
  if (peer.isInstalled()) return peer.start(path, threads);
  console.log(`${name} is left out, as it is not installed: npm run bench:peers -- --install`);
  return undefined;
}

function installPython(name: string): void {
  run('python3', ['-m', 'venv', environmentOf(name)]);
  run(pythonOf(name), ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', here(`${name}.txt`)]);
}

/** Builds the model of ONNX Runtime GenAI and of transformers.js, once. */
function buildOnnxModel(path: string): void {
  if (existsSync(join(ONNX_MODEL, 'config.json'))) return;
  console.log('The model of ONNX Runtime GenAI is built.');
  run(pythonOf('onnxruntime-genai'), [here('onnxruntime_genai_build.py'), path, ONNX_MODEL]);
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? status}`);
}
