import { Worker } from 'node:worker_threads';
import { AppError, type SerializedAppError } from '@frontier/errors';
import type { BodyLimits } from './body-limits.js';
import type { ParsedBody } from './parse-body.js';

/** A body for the thread. */
export interface JsonTask {
  bytes: Uint8Array;
  limits: BodyLimits;
}

/** The outcome of a {@link JsonTask}. */
export type JsonResult = { parsed: ParsedBody } | { error: SerializedAppError };

/** Idle time after which the thread is ended. */
const IDLE_MS = 10_000;

/** Parses large bodies outside of the event loop, one after the other. */
export class JsonThread {
  private worker: Worker | undefined;
  private readonly waiting: PromiseWithResolvers<ParsedBody>[] = [];
  private idle: NodeJS.Timeout | undefined;

  /**
   * @param bytes with a buffer of their own, which goes to the thread: copying many MiB holds up the event loop too
   * @throws as `parseBody`
   */
  parse(bytes: Buffer, limits: BodyLimits): Promise<ParsedBody> {
    clearTimeout(this.idle);
    const task = Promise.withResolvers<ParsedBody>();
    this.waiting.push(task);
    this.worker ??= this.start();
    this.worker.postMessage({ bytes, limits } satisfies JsonTask, [bytes.buffer as ArrayBuffer]);
    return task.promise;
  }

  private start(): Worker {
    const worker = new Worker(new URL('./json-thread.worker.js', import.meta.url));
    worker.unref();
    worker.on('message', (result: JsonResult) => {
      const task = this.waiting.shift();
      if ('parsed' in result) task?.resolve(result.parsed);
      else task?.reject(AppError.deserialize(result.error));
      if (this.waiting.length === 0) this.idle = setTimeout(() => void worker.terminate(), IDLE_MS).unref();
    });
    worker.on('error', (error) => {
      for (const task of this.waiting.splice(0)) task.reject(error);
    });
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
      for (const task of this.waiting.splice(0)) task.reject(new Error('The thread that parses bodies ended.'));
    });
    return worker;
  }
}
