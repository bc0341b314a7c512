/**
 * The thread that owns the database: a commit waits for the disk, which must not hold up the event loop that serves requests. All
 * calls that have come since the last commit share the next one, so that many wait for the disk once.
 */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openDatabase } from './database.js';
import type { Call, OperationName, Reply, ThreadData } from './protocol.js';

const { path, port } = workerData as ThreadData;
const { transaction, operations, close } = openDatabase(path);

port.on('message', (first: Call | 'close') => {
  const calls: Call[] = [];
  let isClosing = first === 'close';
  if (first !== 'close') calls.push(first);
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    if (next.message === 'close') isClosing = true;
    else calls.push(next.message as Call);
  }
  for (const reply of run(calls)) port.postMessage(reply);
  if (isClosing) {
    close();
    process.exit();
  }
});

/** They need no lock, and are answered whatever becomes of writing. */
const READS: ReadonlySet<OperationName> = new Set([
  'get',
  'list',
  'events',
  'findMessage',
  'nextAt',
  'runners',
  'waiting',
]);

/** SQLITE_BUSY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN (https://www.sqlite.org/rescode.html). */
const STORAGE_FAULTS = new Set([5, 10, 13, 14]);

function run(calls: readonly Call[]): Reply[] {
  const reads = calls.filter(({ name }) => READS.has(name));
  const writes = calls.filter(({ name }) => !READS.has(name));
  return [...reads.flatMap((call) => attempt([call], (work) => work()).replies), ...write(writes)];
}

/** All in one transaction. One that cannot be done must not take the others with it, unless all would meet the same fault. */
function write(calls: readonly Call[]): Reply[] {
  if (calls.length === 0) return [];
  const { replies, fault } = attempt(calls, transaction);
  const isOfStorage = STORAGE_FAULTS.has(((fault as { errcode?: number } | undefined)?.errcode ?? 0) & 0xff);
  if (!fault || isOfStorage || calls.length === 1) return replies;
  return calls.flatMap((call) => attempt([call], transaction).replies);
}

function attempt(calls: readonly Call[], within: (work: () => void) => void): { replies: Reply[]; fault?: unknown } {
  const replies: Reply[] = [];
  try {
    within(() => {
      for (const { id, name, args } of calls) {
        const operation = operations[name] as (...given: unknown[]) => unknown;
        replies.push({ id, value: operation(...args) });
      }
    });
    return { replies };
  } catch (fault) {
    // Nothing of it is kept.
    const error = fault instanceof Error ? fault.message : String(fault);
    return { replies: calls.map(({ id }) => ({ id, error })), fault };
  }
}
