/**
 * The thread that owns the database: a commit waits for the disk, which must not hold up the event loop that serves requests. All
 * calls that have come since the last commit share the next one, so that many wait for the disk once. While another process holds
 * the lock for writing, writes wait their turn and reads are answered. A database that cannot be used is tried again until it can.
 */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { messageOf } from '@frontier/errors';
import { type Database, NewerDatabaseError, openDatabase } from './database.js';
import type { Call, Notice, OperationName, Reply, ThreadData } from './protocol.js';
import { isDamage, isLock, isOfStorage } from './storage-fault.js';

/** Patience of a write with the lock of another process, and the time between its tries. */
const LOCK_PATIENCE_MS = 2000;
const LOCK_RETRY_MS = 20;
/** Interval of probes: of a database that works, unless others write, and of one that fails. */
const PROBE_EVERY_MS = 2000;
const RECOVERY_EVERY_MS = 1000;
/**
 * A database is usable while the disk has so much room, and again when as much was written: one that takes a page, or has a log
 * with room left, refuses the next job or the one after it.
 */
const ROOM_BYTES = 65_536;

interface Waiting {
  call: Call;
  since: number;
}

const { path, port } = workerData as ThreadData;
let database: Database | undefined;
let fault: string | undefined;
let isLockFault = false;
/** A damaged database is checked before it is used again. */
let isSuspect = false;
let writtenAt = 0;
let waiting: Waiting[] = [];
let retry: NodeJS.Timeout | undefined;

const notify = (notice: Notice): void => port.postMessage(notice);
const post = (replies: readonly Reply[]): void => replies.forEach((reply) => port.postMessage(reply));

port.on('message', (first: Call | 'close') => {
  const calls: Call[] = [];
  let isClosing = first === 'close';
  if (first !== 'close') calls.push(first);
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    if (next.message === 'close') isClosing = true;
    else calls.push(next.message as Call);
  }
  answer(calls);
  if (isClosing) {
    refuse(waiting);
    database?.close();
    process.exit();
  }
});
open();
watch();

/** Operations that need no lock, and are answered also where nothing can be written. */
const READS: ReadonlySet<OperationName> = new Set([
  'get',
  'part',
  'states',
  'list',
  'events',
  'findMessage',
  'untilNext',
  'runners',
  'waiting',
]);

/** New documents are refused at once where the next one might find no room; a lock may be gone by now. */
const SUBMISSIONS: ReadonlySet<OperationName> = new Set(['accept', 'keepMessage']);

function answer(calls: readonly Call[]): void {
  const since = performance.now();
  for (const call of calls) {
    if (READS.has(call.name)) post(attempt([call], (work) => work()).replies);
    else if (SUBMISSIONS.has(call.name) && fault !== undefined && !isLockFault) refuse([{ call, since }]);
    else waiting.push({ call, since });
  }
  flush();
}

/** Runs all writes that wait in one transaction. One that fails must not take the others with it, unless all would meet the same fault. */
function flush(): void {
  if (waiting.length === 0) return;
  const batch = waiting;
  waiting = [];
  const calls = batch.map(({ call }) => call);
  const { replies, error } = attempt(calls, transaction);
  if (error === undefined) {
    writtenAt = performance.now();
    if (fault !== undefined && isLockFault) setFault(undefined);
    return post(replies);
  }
  if (isLock(error)) {
    const isHopeless = ({ since }: Waiting): boolean =>
      fault !== undefined || performance.now() - since >= LOCK_PATIENCE_MS;
    const refused = batch.filter(isHopeless);
    waiting = batch.filter((call) => !isHopeless(call)).concat(waiting);
    if (refused.length > 0) setFault(error);
    refuse(refused);
    if (waiting.length > 0) retry ??= setTimeout(() => ((retry = undefined), flush()), LOCK_RETRY_MS);
    return;
  }
  if (isOfStorage(error) || calls.length === 1) return post(replies);
  for (const call of calls) post(attempt([call], transaction).replies);
}

function attempt(calls: readonly Call[], within: (work: () => void) => void): { replies: Reply[]; error?: unknown } {
  const replies: Reply[] = [];
  try {
    within(() => {
      for (const { id, name, args } of calls) {
        if (!database) throw new Error(fault ?? 'the database is being opened');
        const operation = database.operations[name] as (...given: unknown[]) => unknown;
        replies.push({ id, value: operation(...args) });
      }
    });
    return { replies };
  } catch (error) {
    // Nothing of it is kept. A lock is a fault only when it lasts.
    if (isOfStorage(error) && !isLock(error)) setFault(error);
    return { replies: calls.map(({ id }) => ({ id, error: messageOf(error) })), error };
  }
}

function transaction(work: () => void): void {
  if (!database) return work();
  database.transaction(work);
}

function refuse(calls: readonly Waiting[]): void {
  post(calls.map(({ call }) => ({ id: call.id, error: fault ?? 'the database is locked' })));
}

/** Sets the reason why the database cannot be used, or that it can. */
function setFault(error: unknown): void {
  isLockFault = error !== undefined && isLock(error);
  isSuspect = error !== undefined && (isSuspect || isDamage(error));
  const isRefused = error instanceof NewerDatabaseError;
  const message = error === undefined ? undefined : isRefused ? error.message : `${path}: ${messageOf(error)}`;
  if (message === fault) return;
  fault = message;
  notify({ kind: 'fault', fault, isRefused });
}

function open(): void {
  try {
    database = openDatabase(path, (what) => notify({ kind: 'set-aside', what }));
    if (isSuspect) database.checkIntegrity();
    database.assertRoom(ROOM_BYTES);
    database.transaction(() => database!.operations.probe(fault === undefined ? 0 : ROOM_BYTES));
    writtenAt = performance.now();
    setFault(undefined);
    notify({ kind: 'opened' });
  } catch (error) {
    close();
    setFault(error);
  }
}

function close(): void {
  try {
    database?.close();
  } catch {
    // It could not be used anyway.
  }
  database = undefined;
}

/** Tests by a write that the database can be used: reads work on a full disk, too. */
function probe(): void {
  // Writes to a file that was replaced would be lost.
  if (database && (isSuspect || !database.isInPlace())) close();
  if (!database) return open();
  if (fault === undefined && isFull()) return;
  if (fault === undefined) {
    if (performance.now() - writtenAt < PROBE_EVERY_MS) return;
    // It waits for a lock like other writes, and has no caller.
    waiting.push({ call: { id: 0, name: 'probe', args: [0] }, since: performance.now() });
    return flush();
  }
  try {
    const { operations } = database;
    database.assertRoom(ROOM_BYTES);
    database.transaction(() => operations.probe(ROOM_BYTES));
    writtenAt = performance.now();
    setFault(undefined);
  } catch (error) {
    setFault(error);
  }
}

function isFull(): boolean {
  try {
    database!.assertRoom(ROOM_BYTES);
    return false;
  } catch (error) {
    setFault(error);
    return true;
  }
}

function watch(): void {
  setTimeout(
    () => {
      probe();
      watch();
    },
    fault === undefined && database ? PROBE_EVERY_MS : RECOVERY_EVERY_MS,
  );
}
