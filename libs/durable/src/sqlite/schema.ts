/** The first version of the tables. */
const VERSION_1 = `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL, finished_at INTEGER,
    version INTEGER NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX jobs_of_owner ON jobs (owner, created_at DESC, id DESC);
  CREATE INDEX jobs_by_status ON jobs (status, created_at DESC, id DESC);
  CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
  CREATE TABLE events (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, id INTEGER NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (job_id, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE entries (
    lane TEXT NOT NULL, entry TEXT NOT NULL, priority INTEGER NOT NULL, run_at INTEGER NOT NULL, runner TEXT, lease_until INTEGER,
    PRIMARY KEY (lane, entry)
  ) STRICT;
  CREATE INDEX entries_in_turn ON entries (lane, priority, run_at);
  CREATE TABLE messages (id TEXT PRIMARY KEY, received_at INTEGER NOT NULL, document TEXT NOT NULL) STRICT;
  CREATE INDEX messages_by_age ON messages (received_at);
`;

const OPEN = `status IN ('queued', 'running')`;
const isOpen = (row: 'new' | 'old'): string => `(${row}.${OPEN})`;
const bytesOf = (row: 'new' | 'old'): string => `(octet_length(${row}.document) + ${row}.attached)`;

/**
 * Owners take turns, and their jobs and bytes are counted. `run_at` 0 is an entry that is ready, in the order of its rowid; any other is
 * a delayed one's due time. Triggers count, also where an older process writes to the same file.
 */
const VERSION_2 = `
  ALTER TABLE jobs ADD COLUMN cancelling INTEGER NOT NULL DEFAULT 0;
  UPDATE jobs SET cancelling = 1
    WHERE status = 'running' AND iif(json_valid(document), json_extract(document, '$.isCancelling'), 0) = 1;
  CREATE INDEX jobs_of_owner_by_status ON jobs (owner, status, created_at DESC, id DESC);

  CREATE TABLE owners (owner TEXT PRIMARY KEY, open INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO owners SELECT owner, sum(${OPEN}), sum(octet_length(document)) FROM jobs GROUP BY owner;
  CREATE TRIGGER jobs_inserted AFTER INSERT ON jobs BEGIN
    INSERT INTO owners VALUES (new.owner, 0, 0) ON CONFLICT DO NOTHING;
    UPDATE owners SET open = open + ${isOpen('new')}, bytes = bytes + octet_length(new.document) WHERE owner = new.owner;
  END;
  CREATE TRIGGER jobs_updated AFTER UPDATE OF status, document ON jobs BEGIN
    UPDATE owners SET
      open = open + ${isOpen('new')} - ${isOpen('old')},
      bytes = bytes + octet_length(new.document) - octet_length(old.document)
    WHERE owner = new.owner;
  END;
  CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs BEGIN
    UPDATE owners SET open = open - ${isOpen('old')}, bytes = bytes - octet_length(old.document) WHERE owner = old.owner;
    DELETE FROM owners WHERE owner = old.owner AND bytes <= 0;
  END;

  ALTER TABLE entries ADD COLUMN owner TEXT NOT NULL DEFAULT '';
  DROP INDEX entries_in_turn;
  UPDATE entries SET
    owner = coalesce((SELECT owner FROM jobs WHERE id = substr(entry, 1, instr(entry || ':', ':') - 1)), ''),
    run_at = iif(lane = 'jobs' OR run_at <= unixepoch() * 1000, 0, run_at);
  CREATE INDEX entries_ready ON entries (lane, owner, priority) WHERE runner IS NULL AND run_at = 0;
  CREATE INDEX entries_delayed ON entries (lane, run_at) WHERE runner IS NULL AND run_at > 0;
  CREATE INDEX entries_leased ON entries (lane, lease_until) WHERE runner IS NOT NULL;
  CREATE TABLE turns (lane TEXT NOT NULL, owner TEXT NOT NULL, turn INTEGER NOT NULL, PRIMARY KEY (lane, owner)) STRICT, WITHOUT ROWID;

  CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO totals VALUES ('clock', 0), ('message_bytes', (SELECT coalesce(sum(octet_length(document)), 0) FROM messages));
  CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN
    UPDATE totals SET value = value + octet_length(new.document) WHERE name = 'message_bytes';
  END;
  CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
    UPDATE totals SET value = value - octet_length(old.document) WHERE name = 'message_bytes';
  END;
  CREATE TABLE probe (id INTEGER PRIMARY KEY, filling BLOB NOT NULL) STRICT;
`;

/** Attachments are kept apart from their jobs, and their bytes are counted with them. */
const VERSION_3 = `
  ALTER TABLE jobs ADD COLUMN attached INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE attachments (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, kind TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (job_id, kind, part)
  ) STRICT;
  DROP TRIGGER jobs_inserted;
  CREATE TRIGGER jobs_inserted AFTER INSERT ON jobs BEGIN
    INSERT INTO owners VALUES (new.owner, 0, 0) ON CONFLICT DO NOTHING;
    UPDATE owners SET open = open + ${isOpen('new')}, bytes = bytes + ${bytesOf('new')} WHERE owner = new.owner;
  END;
  DROP TRIGGER jobs_updated;
  CREATE TRIGGER jobs_updated AFTER UPDATE OF status, document, attached ON jobs BEGIN
    UPDATE owners SET open = open + ${isOpen('new')} - ${isOpen('old')}, bytes = bytes + ${bytesOf('new')} - ${bytesOf('old')}
    WHERE owner = new.owner;
  END;
  DROP TRIGGER jobs_deleted;
  CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs BEGIN
    UPDATE owners SET open = open - ${isOpen('old')}, bytes = bytes - ${bytesOf('old')} WHERE owner = old.owner;
    DELETE FROM owners WHERE owner = old.owner AND bytes <= 0;
  END;
`;

/** Statements that turn the tables of each version into those of the next; a new file goes through all. */
export const SCHEMA_STEPS = [VERSION_1, VERSION_2, VERSION_3] as const;
