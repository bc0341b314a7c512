/** Result codes of SQLite for faults of the file or the disk, not of a statement (https://www.sqlite.org/rescode.html). */
const LOCKS = new Set([5 /* BUSY */, 6 /* LOCKED */]);
const DAMAGES = new Set([11 /* CORRUPT */, 26 /* NOTADB */]);
const OTHERS = new Set([
  3 /* PERM */, 7 /* NOMEM */, 8 /* READONLY */, 10 /* IOERR */, 13 /* FULL */, 14 /* CANTOPEN */,
]);

/** Another process writes. */
export function isLock(error: unknown): boolean {
  return LOCKS.has(codeOf(error));
}

/** The file is no database, or a broken one. */
export function isDamage(error: unknown): boolean {
  return DAMAGES.has(codeOf(error));
}

/** All would meet the same fault. */
export function isOfStorage(error: unknown): boolean {
  return isLock(error) || isDamage(error) || OTHERS.has(codeOf(error));
}

function codeOf(error: unknown): number {
  return ((error as { errcode?: number } | undefined)?.errcode ?? 0) & 0xff;
}
