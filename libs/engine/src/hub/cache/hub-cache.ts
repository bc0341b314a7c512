import { randomUUID } from 'node:crypto';
import {
  constants,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { HubFile } from '../reference/hub-file.js';
import { type HubReference, isCommit } from '../reference/hub-reference.js';

const TAG =
  'Signature: 8a477f597d28d172789f06886806bc55\n# This is a cache of models; see https://bford.info/cachedir/.\n';

/**
 * One repository in the cache that Hugging Face's programs share: `blobs/<etag>`, `snapshots/<commit>/<path>` as links to them, `refs/<revision>` with the
 * commit; https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export class HubCache {
  readonly folder: string;

  /** @param root the cache of all repositories */
  constructor(
    private readonly root: string,
    private readonly reference: HubReference,
  ) {
    this.folder = join(root, `models--${reference.repository.replaceAll('/', '--')}`);
  }

  /** The path of a content. */
  blob({ etag }: HubFile): string {
    return join(this.folder, 'blobs', etag);
  }

  /** The folder of a commit's files. */
  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  /** The commit of the revision at the last request to the hub; undefined before the first. */
  knownCommit(): string | undefined {
    const { revision } = this.reference;
    if (isCommit(revision)) return existsSync(this.snapshot(revision)) ? revision : undefined;
    try {
      const commit = readFileSync(join(this.folder, 'refs', revision), 'utf8').trim();
      return isCommit(commit) ? commit : undefined;
    } catch {
      return undefined;
    }
  }

  /** The files of a commit, without links to nothing. */
  filesOf(commit: string): Omit<HubFile, 'etag'>[] {
    const folder = this.snapshot(commit);
    return globSync('**', { cwd: folder }).flatMap((name) => {
      const stat = statSync(join(folder, name), { throwIfNoEntry: false });
      return stat?.isFile() ? [{ path: name.split(sep).join('/'), bytes: stat.size }] : [];
    });
  }

  /** Makes the folders, and marks them as a cache, for programs that make backups. */
  prepare(): void {
    mkdirSync(join(this.folder, 'blobs'), { recursive: true });
    const tag = join(this.root, 'CACHEDIR.TAG');
    if (!existsSync(tag)) writeFileSync(tag, TAG);
  }

  /** Puts a present content into a commit's folder, under its path. */
  async place(commit: string, file: HubFile, usesLinks: boolean): Promise<void> {
    const path = join(this.snapshot(commit), file.path);
    const target = relative(dirname(path), this.blob(file));
    if (usesLinks ? linkTarget(path) === target : isCopy(path, file)) return;
    mkdirSync(dirname(path), { recursive: true });
    await writeWhole(path, (draft) =>
      usesLinks ? symlink(target, draft) : copyFile(this.blob(file), draft, constants.COPYFILE_FICLONE),
    );
  }

  /** Remembers which commit the revision is. */
  async remember(commit: string): Promise<void> {
    if (this.reference.revision === commit) return;
    const path = join(this.folder, 'refs', this.reference.revision);
    mkdirSync(dirname(path), { recursive: true });
    await writeWhole(path, (draft) => writeFile(draft, commit, { flush: true }));
  }
}

/** The target of a link; undefined where the path is none. */
export function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function isCopy(path: string, { bytes }: HubFile): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size === bytes;
}

/** Writes a draft, then renames it: the file appears as a whole. */
async function writeWhole(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  const draft = join(dirname(path), `.${randomUUID()}.draft`);
  try {
    await write(draft);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
