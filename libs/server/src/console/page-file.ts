import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, sep } from 'node:path';
import { qualityOf } from './accept.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Codings of a file that the build has beside it, by their suffix; the smallest first. */
const CODINGS = { br: '.br', gzip: '.gz' } as const;
type Coding = keyof typeof CODINGS;

/** A file of the page, in memory with its codings: it is small, and no path of a request is looked up on the disk. */
export interface PageFile {
  /** Below the page's folder, with slashes. */
  path: string;
  type: string;
  /** Of the contents: packed files have no time of change. */
  etag: string;
  cacheControl: string;
  plain: Buffer;
  coded: ReadonlyMap<Coding, Buffer>;
}

/** The files of the built page; `undefined` where it has not been built. @param index its first file, by the name of its package */
export function readPage(index = '@frontier/console/page/index.html'): PageFile[] | undefined {
  const folder = folderOf(index);
  if (folder === undefined) return undefined;
  const paths = globSync('**/*', { cwd: folder }).filter((path) => extname(path) in TYPES);
  return paths.map((path) => readPageFile(folder, path.split(sep).join('/')));
}

function folderOf(file: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function readPageFile(folder: string, path: string): PageFile {
  const plain = readFileSync(join(folder, path));
  const coded = Object.entries(CODINGS).map(
    ([coding, suffix]) => [coding as Coding, readFileSync(join(folder, path + suffix))] as const,
  );
  return {
    path,
    type: TYPES[extname(path)],
    etag: `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    // Names of assets have a digest of their contents.
    cacheControl: path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    plain,
    coded: new Map(coded),
  };
}

/** The coding to send to a caller with this `Accept-Encoding`; `undefined`: the file as it is. */
export function codingFor({ coded }: PageFile, acceptEncoding: string | undefined): Coding | undefined {
  return [...coded.keys()].find((coding) => qualityOf(acceptEncoding, coding) > 0);
}
