import { setImmediate } from 'node:timers/promises';
import { asRequestError } from '../errors/engine.errors.js';
import type { EngineEvent } from './protocol.js';
import { Waker } from './waker.js';

/** An engine whose requests are done in passes, each as a whole. */
interface PassEngine<Request, Report> {
  readonly hasWork: boolean;
  /** Until then it waits for requests to share the next pass, as `performance.now()` counts. */
  readonly nextStepAt: number | undefined;
  add(request: Request): void;
  cancel(id: string, onRemoved: () => void): void;
  step(): Promise<Report | undefined>;
}

/** Runs the passes of an engine in its process, while there is work. */
export class PassLoop<Request extends { id: string }, Report> {
  private isRunning = false;
  private readonly waker = new Waker();

  /** @param toEvent makes the message of a pass */
  constructor(
    private readonly engine: PassEngine<Request, Report>,
    private readonly send: (event: EngineEvent) => void,
    private readonly toEvent: (report: Report) => EngineEvent,
  ) {}

  add(request: Request): void {
    try {
      this.engine.add(request);
      this.waker.wake();
      if (!this.isRunning) void this.run();
    } catch (error) {
      this.send({ type: 'rejected', id: request.id, error: asRequestError(error).serialize() });
    }
  }

  cancel(id: string): void {
    this.engine.cancel(id, () => this.send({ type: 'removed', id }));
    this.waker.wake();
  }

  private async run(): Promise<void> {
    const { engine, send } = this;
    this.isRunning = true;
    while (engine.hasWork) {
      // A pass blocks the event loop: requests that came meanwhile are taken before the next one.
      await setImmediate();
      const waitMs = (engine.nextStepAt ?? 0) - performance.now();
      if (waitMs > 0) {
        await this.waker.sleep(waitMs);
        continue;
      }
      const report = await engine.step();
      if (report) send(this.toEvent(report));
    }
    this.isRunning = false;
    send({ type: 'idle' });
  }
}
