import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { HubFile } from '../reference/hub-file.js';
import type { HubReference } from '../reference/hub-reference.js';

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

  /** The commit that the revision was when the hub was last asked; `undefined` where it never was. */
  knownCommit(): string | undefined {
    const { revision } = this.reference;
    if (/^[0-9a-f]{40}$/.test(revision)) return existsSync(this.snapshot(revision)) ? revision : undefined;
    try {
      return readFileSync(join(this.folder, 'refs', revision), 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  /** The files of a commit that are there; a link to nothing is not. */
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

  /** Puts a content that is there into a commit's folder, under its path. */
  place(commit: string, file: HubFile, usesLinks: boolean): void {
    const path = join(this.snapshot(commit), file.path);
    const target = relative(dirname(path), this.blob(file));
    if (usesLinks && linkTarget(path) === target) return;
    mkdirSync(dirname(path), { recursive: true });
    writeWhole(path, (draft) => (usesLinks ? symlinkSync(target, draft) : copyFileSync(this.blob(file), draft)));
  }

  /** Remembers which commit the revision is. */
  remember(commit: string): void {
    if (this.reference.revision === commit) return;
    const path = join(this.folder, 'refs', this.reference.revision);
    mkdirSync(dirname(path), { recursive: true });
    writeWhole(path, (draft) => writeFileSync(draft, commit));
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Makes a file appear at once. */
function writeWhole(path: string, write: (draft: string) => void): void {
  const draft = join(dirname(path), `.${randomUUID()}.draft`);
  try {
    write(draft);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}
