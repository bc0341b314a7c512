/** Tells when something has not been used for a while. */
export class IdleTimer {
  private timer: NodeJS.Timeout | undefined;

  /** @param idleMs `undefined`: it never tells */
  constructor(
    private readonly idleMs: number | undefined,
    private readonly onIdle: () => void,
  ) {}

  /** Begins to wait anew. */
  restart(): void {
    this.stop();
    if (this.idleMs !== undefined) this.timer = setTimeout(this.onIdle, this.idleMs).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /**
   * When it will tell of what was used last at a time, in milliseconds since 1970.
   * @param lastUsedAt on the clock of `performance.now()`
   */
  endOf(lastUsedAt: number): number | null {
    return this.idleMs === undefined ? null : Math.round(performance.timeOrigin + lastUsedAt + this.idleMs);
  }
}
