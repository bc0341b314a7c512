/** Builds the page into dist/page, where its sources, its dependencies or the build itself have changed since the last time. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const FOLDER = import.meta.dirname;
const BUILT_OF = join(FOLDER, 'dist/.built-of');

/** A digest of all that the page is made of; package.json has the exact versions of its dependencies. */
function digest(): string {
  const sources = globSync(['src/**/*', '*.{ts,html,json}'], { cwd: FOLDER, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.spec.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const hash = createHash('sha256');
  for (const file of sources) hash.update(`${relative(FOLDER, file)}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Tests that the page has all files that it names. */
function isWhole(): boolean {
  const index = read(join(FOLDER, 'dist/page/index.html'));
  const named = [...(index?.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g) ?? [])].map(([, path]) => path);
  return named.length > 0 && named.every((path) => existsSync(join(FOLDER, 'dist/page', path)));
}

const wanted = digest();
if (read(BUILT_OF) !== wanted || !isWhole()) {
  const { build } = await import('vite');
  // Beside the old page, which a server may be serving meanwhile.
  const fresh = join(FOLDER, `dist/page-${process.pid}`);
  mkdirSync(join(FOLDER, 'dist'), { recursive: true });
  rmSync(BUILT_OF, { force: true });
  await build({ root: FOLDER, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
  const page = join(FOLDER, 'dist/page');
  const old = `${fresh}-old`;
  // Of two builds at once, one may find no old page, and the other the new one, which is the same.
  try {
    renameSync(page, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  try {
    renameSync(fresh, page);
  } catch (error) {
    if (!isWhole()) throw error;
  }
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  writeFileSync(BUILT_OF, wanted);
}
