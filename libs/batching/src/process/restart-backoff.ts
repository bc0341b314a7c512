import { ExponentialBackoff, type IBackoff, noJitterGenerator } from 'cockatiel';

const DELAYS = new ExponentialBackoff({ generator: noJitterGenerator, initialDelay: 500, maxDelay: 30_000 });
/** A process that served this long ran well. */
const STABLE_AFTER_MS = 10_000;

/** The delay before a process is started again: none after one that ran well, else twice as long each time, up to 30 s. */
export class RestartBackoff {
  private backoff: IBackoff<unknown> | undefined;

  /** @param servedMs how long the process that ended had served; 0 if it never did */
  next(servedMs: number): number {
    const last = servedMs > STABLE_AFTER_MS ? undefined : this.backoff;
    // The first restart is immediate; the second one waits for the first delay.
    this.backoff = last ? last.next(undefined) : DELAYS.next();
    return last?.duration ?? 0;
  }
}
