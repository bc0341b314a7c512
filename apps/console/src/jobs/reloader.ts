/** Repeats a read after changes: one at a time, at least `intervalMs` apart. */
export class Reloader {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastAt = -Infinity;
  private isReading = false;
  /** Something has changed since the read that goes on began. */
  private isStale = false;
  private isClosed = false;

  /** `read` takes care of its errors. */
  constructor(
    private readonly read: () => Promise<void>,
    private readonly intervalMs: number,
  ) {}

  request(): void {
    if (this.isReading) this.isStale = true;
    else if (this.timer === undefined && !this.isClosed) this.schedule();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    const waitMs = Math.max(0, this.lastAt + this.intervalMs - performance.now());
    this.timer = setTimeout(() => void this.run(), waitMs);
  }

  private async run(): Promise<void> {
    this.timer = undefined;
    this.lastAt = performance.now();
    this.isStale = false;
    this.isReading = true;
    try {
      await this.read();
    } finally {
      this.isReading = false;
      if (this.isStale && !this.isClosed) this.schedule();
    }
  }
}
