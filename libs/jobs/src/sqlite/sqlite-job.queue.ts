import { hostname } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { messageOf } from '@frontier/errors';
import type { ReceivedMessage } from '@frontier/webhooks';
import { type Job, JOB_PRIORITIES, type JobEvent } from '../job.js';
import type { JobFilter, JobQueue, Lane, LaneHandler } from '../job-queue.js';
import { jobsStorageRefused, jobsUnavailable } from '../jobs.errors.js';
import { LaneWorker } from './lane-worker.js';
import type { Call, OperationName, Operations, Reply, ThreadData } from './protocol.js';

/** Names this process among those that may share the file. */
const RUNNER = `${hostname()} ${process.pid} ${Math.round(performance.timeOrigin)}`;

/** Keeps jobs in a SQLite file, which the processes of one machine may share. */
export class SqliteJobQueue implements JobQueue {
  private readonly thread: Worker;
  private readonly port: MessagePort;
  private readonly path: string;
  private readonly calls = new Map<number, PromiseWithResolvers<unknown>>();
  private readonly lanes = new Map<Lane, LaneWorker>();
  private nextCall = 1;
  private fault: unknown;

  constructor(folder: string) {
    this.path = join(folder, 'jobs.db');
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.thread = new Worker(new URL('./database-thread.js', import.meta.url), {
      workerData: { path: this.path, port: port2 } satisfies ThreadData,
      transferList: [port2],
    });
  }

  async open(): Promise<void> {
    this.port.on('message', (reply: Reply) => this.settle(reply));
    this.thread.on('error', (error) => this.fail(error));
    this.thread.on('exit', () => this.fail(new Error('The thread of the database ended.')));
    const runners = await this.call('runners').catch((error: unknown) => {
      if (this.fault) throw jobsStorageRefused(`The jobs of DATA_DIR cannot be used: ${messageOf(this.fault)}`);
      throw error;
    });
    await this.call('release', runners.filter(isGone));
    await this.call('restore');
  }

  get isAvailable(): boolean {
    return this.fault === undefined;
  }

  async accept(job: Job): Promise<boolean> {
    const isNew = await this.call('accept', job, Date.now(), JOB_PRIORITIES.indexOf(job.priority));
    this.lanes.get('jobs')?.wake();
    return isNew;
  }

  get(id: string): Promise<Job | undefined> {
    return this.call('get', id);
  }

  list(filter: JobFilter): Promise<Job[]> {
    return this.call('list', filter);
  }

  update(job: Job, event?: Omit<JobEvent, 'id'>): Promise<boolean> {
    return this.call('update', job, event);
  }

  events(id: string, after: number): Promise<JobEvent[]> {
    return this.call('events', id, after);
  }

  purge(before: number): Promise<number> {
    return this.call('purge', before);
  }

  find(id: string): Promise<ReceivedMessage | undefined> {
    return this.call('findMessage', id);
  }

  keep(message: ReceivedMessage): Promise<boolean> {
    return this.call('keepMessage', message);
  }

  async enqueue(
    lane: Lane,
    entry: string,
    { delayMs = 0, priority = 1 }: { delayMs?: number; priority?: number },
  ): Promise<void> {
    await this.call('enqueue', lane, entry, Math.round(Date.now() + delayMs), priority);
    this.lanes.get(lane)?.wake();
  }

  work(lane: Lane, concurrency: number, handler: LaneHandler): void {
    const call: LaneWorker['call'] = (name, ...args) => this.call(name, ...args);
    this.lanes.set(lane, new LaneWorker(lane, RUNNER, concurrency, handler, call));
  }

  waiting(lane: Lane): Promise<number> {
    return this.call('waiting', lane);
  }

  async close(): Promise<void> {
    await Promise.all([...this.lanes.values()].map((lane) => lane.close()));
    if (this.fault) return;
    const exited = once(this.thread, 'exit');
    this.port.postMessage('close');
    await exited;
  }

  private call<Name extends OperationName>(
    name: Name,
    ...args: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> {
    if (this.fault) return Promise.reject(jobsUnavailable(this.fault));
    const id = this.nextCall++;
    const call = Promise.withResolvers<unknown>();
    this.calls.set(id, call);
    this.port.postMessage({ id, name, args } satisfies Call);
    return call.promise as Promise<ReturnType<Operations[Name]>>;
  }

  private settle(reply: Reply): void {
    const call = this.calls.get(reply.id);
    this.calls.delete(reply.id);
    if ('error' in reply) call?.reject(jobsUnavailable(new Error(reply.error)));
    else call?.resolve(reply.value);
  }

  private fail(fault: unknown): void {
    this.fault ??= fault;
    for (const { reject } of this.calls.values()) reject(jobsUnavailable(fault));
    this.calls.clear();
  }
}

/** Whether a runner was a process of this machine that does not run any more; its id may be ours by now. */
function isGone(runner: string): boolean {
  const [host, pid] = runner.split(' ');
  if (runner === RUNNER || host !== hostname()) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
