/**
 * The thread that owns the database: a commit waits for the disk, which must not hold up the event loop that serves requests. All
 * calls that have come since the last commit share the next one, so that many wait for the disk once.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openDatabase } from './database.js';
import type { Call, Reply } from './protocol.js';

const { path } = workerData as { path: string };
const { transaction, operations, close } = openDatabase(path);
parentPort!.postMessage('open');

parentPort!.on('message', (first: Call | 'close') => {
  const calls: Call[] = [];
  let isClosing = first === 'close';
  if (first !== 'close') calls.push(first);
  for (let next = receiveMessageOnPort(parentPort!); next; next = receiveMessageOnPort(parentPort!)) {
    if (next.message === 'close') isClosing = true;
    else calls.push(next.message as Call);
  }
  for (const reply of run(calls)) parentPort!.postMessage(reply);
  if (isClosing) {
    close();
    process.exit();
  }
});

function run(calls: readonly Call[]): Reply[] {
  const replies: Reply[] = [];
  try {
    transaction(() => {
      for (const { id, name, args } of calls) {
        const operation = operations[name] as (...given: unknown[]) => unknown;
        replies.push({ id, value: operation(...args) });
      }
    });
    return replies;
  } catch (error) {
    // Nothing of it is kept.
    if (calls.length === 1) return [{ id: calls[0].id, error: error instanceof Error ? error.message : String(error) }];
    // One that cannot be done must not take the others with it.
    return calls.flatMap((call) => run([call]));
  }
}
