import { mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { operationsOn } from './operations.js';
import type { Operations } from './protocol.js';
import { SCHEMA_STEPS } from './schema.js';

/** Patience with the lock of another process when the database is opened. */
const OPENING_TIMEOUT_MS = 2000;
/** Later: it holds up all calls of the thread, which waits longer between tries. */
const BUSY_TIMEOUT_MS = 20;

/** An open database. */
export interface Database {
  operations: Operations;
  /** Runs a function of operations; all of them are durable when it returns, or none. */
  transaction(work: () => void): void;
  /** Tells whether the file that is open is still the one at its path. */
  isInPlace(): boolean;
  /** @throws an `Error` where the disk has less room */
  assertRoom(bytes: number): void;
  /** @throws an `Error` that names the damaged part */
  checkIntegrity(): void;
  close(): void;
}

/** The tables are of a version that is newer than this server. */
export class NewerDatabaseError extends Error {}

/**
 * Opens or creates the database. Every commit is on the disk when it returns (write-ahead log, full synchronisation). Tables of an
 * older version are changed to those of this one.
 * @param onSetAside called for a job or message that cannot be read, and is left out from then on
 * @throws `NewerDatabaseError`, and errors of SQLite
 */
export function openDatabase(path: string, onSetAside: (what: string) => void): Database {
  mkdirSync(dirname(path), { recursive: true });
  const db = new DatabaseSync(path);
  try {
    db.exec(
      `PRAGMA busy_timeout = ${OPENING_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;`,
    );
    const transaction = (work: () => void): void => {
      db.exec('BEGIN IMMEDIATE');
      try {
        work();
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    };
    migrate(db, path, transaction);
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const inode = inodeOf(path);
    return {
      operations: operationsOn(db, onSetAside),
      transaction,
      isInPlace: () => inodeOf(path) === inode,
      assertRoom: (bytes) => {
        const { bavail, bsize } = statfsSync(dirname(path));
        if (bavail * bsize < bytes) throw new Error('the disk is full');
      },
      checkIntegrity: () => {
        const { quick_check: found } = db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
        if (found !== 'ok') throw new Error(`the database is damaged: ${found.replaceAll(/\s+/g, ' ')}`);
      },
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: DatabaseSync, path: string, transaction: (work: () => void) => void): void {
  const versionNow = (): number => (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  const known = SCHEMA_STEPS.length;
  const version = versionNow();
  if (version > known) {
    throw new NewerDatabaseError(
      `${path} was written by a newer version of this server (its tables are version ${version}, known are ${known}). Run that version, or name another DATA_DIR.`,
    );
  }
  if (version === known) return;
  transaction(() => {
    // Another process may have been faster.
    for (let step = versionNow(); step < known; step++) db.exec(SCHEMA_STEPS[step]);
    db.exec(`PRAGMA user_version = ${known}`);
  });
}

function inodeOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.dev} ${stats.ino}` : 'none';
}
