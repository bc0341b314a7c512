/** Callers in a thread of their own: what they cost is not the server's. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';

interface Callers {
  port: number;
  /** How many of them ask at once. */
  count: number;
  path: string;
  token: string;
}

/** What they were answered with, and how many bytes. */
export interface Answers {
  statuses: Record<number, number>;
  bytes: number;
  /** Answers whose last event tells an end. */
  ended: number;
}

/** Requests at once that read all that comes. */
export class JobCallers {
  private readonly worker: Worker;
  private readonly opened = Promise.withResolvers<Answers>();
  private readonly done = Promise.withResolvers<Answers>();

  constructor(callers: Callers) {
    this.worker = new Worker(import.meta.filename, { workerData: callers });
    this.worker.on('message', ({ kind, answers }: { kind: 'opened' | 'done'; answers: Answers }) =>
      this[kind].resolve(answers),
    );
  }

  /** Settles when all have heads and first bytes. */
  get begun(): Promise<Answers> {
    return this.opened.promise;
  }

  /** Settles when all have been answered to the end. */
  get answered(): Promise<Answers> {
    return this.done.promise;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

if (workerData !== null && parentPort) {
  const { port, count, path, token } = workerData as Callers;
  const answers: Answers = { statuses: {}, bytes: 0, ended: 0 };
  let begun = 0;
  const tell = (kind: string): void => parentPort!.postMessage({ kind, answers });
  const one = async (socket: Socket): Promise<void> => {
    let tail = '';
    socket.on('data', (chunk: Buffer) => {
      if (answers.bytes >= 0 && socket.bytesRead === chunk.length) {
        const status = Number(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString())?.[1]);
        answers.statuses[status] = (answers.statuses[status] ?? 0) + 1;
        if (++begun === count) tell('opened');
      }
      answers.bytes += chunk.length;
      tail = (tail + chunk.toString()).slice(-2000);
    });
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`);
    await once(socket, 'close');
    if (/event: (succeeded|cancelled|failed)/.test(tail)) answers.ended++;
  };
  await Promise.all(Array.from({ length: count }, () => one(connect(port, '127.0.0.1'))));
  tell('done');
}
