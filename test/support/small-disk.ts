import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of the test's own that can be filled; only root can make one. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'frontier-disk-'));

  constructor(kilobytes: number) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', this.folder]);
  }

  /** Leaves no room. */
  fill(): void {
    try {
      for (;;) writeFileSync(join(this.folder, 'filler'), Buffer.alloc(4096), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  /** Makes room again. */
  empty(): void {
    rmSync(join(this.folder, 'filler'));
  }

  /** Lets it be written, or not. */
  remount(how: 'ro' | 'rw'): void {
    execFileSync('mount', ['-o', `remount,${how}`, this.folder]);
  }

  remove(): void {
    execFileSync('umount', ['-l', this.folder]);
    rmdirSync(this.folder);
  }
}

/** True if this process may mount disks; where it must (`REQUIRE_SMALL_DISK`), tests that need one fail instead of being skipped. */
export const hasSmallDisks = process.env.REQUIRE_SMALL_DISK === '1' || canMount();

function canMount(): boolean {
  try {
    new SmallDisk(64).remove();
    return true;
  } catch {
    return false;
  }
}
