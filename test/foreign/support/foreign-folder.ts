import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** The lib packages as npm publishes them. */
export interface PackedLibs {
  folder: string;
  /** Names of the packages, and the files of their tarballs. */
  tarballs: Record<string, string>;
}

/**
 * Packs all libs as they are built, and the page that the server has with it.
 * @param apps folders of programs that are packed as well
 */
export async function packLibs(apps: readonly string[] = []): Promise<PackedLibs> {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-packed-'));
  const libs = ['apps/console', ...globSync('libs/*', { cwd: ROOT }), ...apps];
  const workspaces = libs.flatMap((lib) => ['-w', lib]);
  // The build that `prepack` makes is there already, and twenty of them would take minutes.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, ...workspaces], { cwd: ROOT });
  const tarballs = Object.fromEntries(
    libs.map((lib) => {
      const { name, version } = readManifest(join(ROOT, lib));
      return [name, join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)];
    }),
  );
  return { folder, tarballs };
}

/** Examples and what they need, installed from tarballs into an empty folder, with one folder of modules. */
export class ForeignFolder {
  readonly folder = mkdtempSync(join(tmpdir(), 'frontier-foreign-'));
  private readonly lock: string;

  /**
   * @param nest versions of Nest's packages, by their short names
   * @param lock a lock file that pins the versions of everything else
   */
  constructor({ tarballs }: PackedLibs, nest: Readonly<Record<string, string>>, lock: string) {
    this.lock = lock;
    const examples = globSync('examples/*', { cwd: ROOT }).map((example) => join(ROOT, example));
    const needed = Object.assign({}, ...examples.map((example) => ({ ...readManifest(example).dependencies })));
    const dev = Object.assign({}, ...examples.map((example) => ({ ...readManifest(example).devDependencies })));
    const versions = Object.fromEntries(Object.entries(nest).map(([name, version]) => [`@nestjs/${name}`, version]));
    mkdirSync(join(this.folder, 'tarballs'));
    for (const file of Object.values(tarballs)) cpSync(file, join(this.folder, 'tarballs', basename(file)));
    const own = Object.fromEntries(
      Object.entries(tarballs).map(([name, file]) => [name, `file:tarballs/${basename(file)}`]),
    );
    const manifest = {
      name: 'foreign',
      private: true,
      type: 'module',
      dependencies: { ...needed, ...versions, ...own },
      devDependencies: dev,
      // Packages of ours name each other by version, and are published nowhere yet.
      overrides: { ...own, ...versions },
    };
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(manifest, null, 2));
    for (const example of examples) {
      cpSync(example, join(this.folder, 'examples', basename(example)), {
        recursive: true,
        filter: (file) => !/[\\/](node_modules|dist|data)$/.test(file),
      });
    }
    symlinkSync(join(ROOT, 'models'), join(this.folder, 'models'));
  }

  /** See {@link installLocked}. */
  async install(): Promise<void> {
    await installLocked(this.folder, this.lock);
  }

  /** Installed versions of a package: more than one, and injection fails. */
  copiesOf(name: string): string[] {
    const places = globSync(`**/node_modules/${name}/package.json`, { cwd: this.folder });
    return places.map((place) => (JSON.parse(readFileSync(join(this.folder, place), 'utf8')) as Manifest).version);
  }

  example(name: string): string {
    return join(this.folder, 'examples', name);
  }

  /** Compiles an example, as its `npm run build` does. */
  async build(name: string, ...flags: string[]): Promise<void> {
    const tsc = join(this.folder, 'node_modules/typescript/bin/tsc');
    try {
      await run(process.execPath, [tsc, '-p', this.example(name), ...flags]);
    } catch (error) {
      throw new Error((error as { stdout: string }).stdout || String(error), { cause: error });
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Installs what `package.json` names with the versions of a lock file; `FOREIGN_LOCK=update` locks the newest ones that fit.
 * @param folder has the `package.json`
 */
export async function installLocked(folder: string, lock: string): Promise<void> {
  const isUpdate = process.env.FOREIGN_LOCK === 'update';
  const place = join(folder, 'package-lock.json');
  if (!isUpdate) cpSync(lock, place);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error'];
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  await run('npm', ['install', ...flags], { cwd: folder, env });
  if (isUpdate) writeFileSync(lock, withoutOwnDigests(readFileSync(place, 'utf8')));
}

/** A lock file without the digests of our tarballs, which every build changes. */
function withoutOwnDigests(lock: string): string {
  const { packages, ...rest } = JSON.parse(lock) as {
    packages: Record<string, { resolved?: string; integrity?: string }>;
  };
  for (const entry of Object.values(packages)) if (entry.resolved?.startsWith('file:')) delete entry.integrity;
  return `${JSON.stringify({ ...rest, packages }, null, 2)}\n`;
}
