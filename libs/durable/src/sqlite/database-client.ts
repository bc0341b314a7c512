import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { messageOf } from '@frontier/errors';
import { jobsUnavailable } from '../ports/storage.errors.js';
import type { Call, Notice, OperationName, Operations, Reply, ThreadData } from './protocol.js';

const RESTART_DELAY_MS = 1000;

/** Calls the thread that owns the database, and starts another one should it end. */
export class DatabaseClient {
  private readonly calls = new Map<number, PromiseWithResolvers<unknown>>();
  private nextCall = 1;
  private thread!: Worker;
  private port!: MessagePort;
  private restarting: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(
    private readonly path: string,
    private readonly onNotice: (notice: Notice) => void,
  ) {
    this.start();
  }

  /** @throws `jobs_unavailable` */
  call<Name extends OperationName>(
    name: Name,
    ...args: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> {
    const id = this.nextCall++;
    const call = Promise.withResolvers<unknown>();
    this.calls.set(id, call);
    this.port.postMessage({ id, name, args } satisfies Call);
    return call.promise as Promise<ReturnType<Operations[Name]>>;
  }

  async close(): Promise<void> {
    this.isClosing = true;
    clearTimeout(this.restarting);
    if (this.restarting) return;
    const exited = once(this.thread, 'exit');
    this.port.postMessage('close');
    await exited;
  }

  private start(): void {
    this.restarting = undefined;
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.thread = new Worker(new URL('./database-thread.js', import.meta.url), {
      workerData: { path: this.path, port: port2 } satisfies ThreadData,
      transferList: [port2],
    });
    this.port.on('message', (message: Reply | Notice) => {
      if ('kind' in message) this.onNotice(message);
      else this.settle(message);
    });
    let reason = 'it ended';
    this.thread.on('error', (error) => (reason = messageOf(error)));
    this.thread.on('exit', () => this.ended(`The thread of ${this.path} ended: ${reason}`));
  }

  private settle(reply: Reply): void {
    const call = this.calls.get(reply.id);
    this.calls.delete(reply.id);
    if ('error' in reply) call?.reject(jobsUnavailable(new Error(reply.error)));
    else call?.resolve(reply.value);
  }

  private ended(fault: string): void {
    this.port.close();
    for (const { reject } of this.calls.values()) reject(jobsUnavailable(new Error(fault)));
    this.calls.clear();
    if (this.isClosing) return;
    this.onNotice({ kind: 'fault', fault });
    this.restarting = setTimeout(() => this.start(), RESTART_DELAY_MS);
  }
}
