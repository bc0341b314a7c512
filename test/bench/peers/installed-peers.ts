import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Contestant } from './contestant.ts';
import { startPeerProcess } from './peer-process.ts';

const FOLDER = resolve(import.meta.dirname, '../../../.cache/decoder-peers');

/** Peers in Python: the package that is pinned in the file of requirements of that name, and the program that serves it. */
const PEERS = {
  openvino: { requirements: 'openvino-genai.txt', program: 'openvino_genai_peer.py' },
};
export type InstalledPeer = keyof typeof PEERS;

/** Makes an environment for each of the peers. */
export function installPeers(): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const [peer, { requirements }] of Object.entries(PEERS)) {
    run('python3', ['-m', 'venv', environmentOf(peer)]);
    const file = join(import.meta.dirname, requirements);
    run(join(environmentOf(peer), 'bin/pip'), ['install', '--disable-pip-version-check', '-r', file]);
  }
}

/** Starts a peer on a GGUF file; `undefined`, and a line that says so, where it is not installed. */
export async function startInstalledPeer(
  peer: InstalledPeer,
  path: string,
  threads: number,
): Promise<Contestant | undefined> {
  const python = join(environmentOf(peer), 'bin/python');
  if (!existsSync(python)) {
    console.log(`${peer} is left out, as it is not installed: npm run bench:peers -- --install`);
    return undefined;
  }
  const program = join(import.meta.dirname, PEERS[peer].program);
  return startPeerProcess(peer, python, [program, path, join(FOLDER, `${peer}-model`), String(threads)]);
}

function environmentOf(peer: string): string {
  return join(FOLDER, peer);
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? status}`);
}
