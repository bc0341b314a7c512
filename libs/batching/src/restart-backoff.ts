const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** A process that served this long ran well. */
const STABLE_AFTER_MS = 10_000;

/** How long to wait before a process is started again: not at all after one that ran well, else twice as long each time. */
export class RestartBackoff {
  private delayMs = 0;

  /** @param servedMs how long the process that ended had served; 0 if it never did */
  next(servedMs: number): number {
    if (servedMs > STABLE_AFTER_MS) this.delayMs = 0;
    const delay = this.delayMs;
    this.delayMs = Math.min(Math.max(delay * 2, FIRST_DELAY_MS), MAX_DELAY_MS);
    return delay;
  }
}
