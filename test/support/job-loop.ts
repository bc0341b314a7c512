/** Processor time of this thread, and the most of one pass of its event loop, which no callback can be above. */
export class LoopTime {
  private readonly before = process.threadCpuUsage();
  private last = process.threadCpuUsage();
  private longest = 0;
  private next = setImmediate(() => this.pass());

  /** Milliseconds of processor time. */
  stop(): { totalMs: number; longestMs: number } {
    clearImmediate(this.next);
    return { totalMs: milliseconds(process.threadCpuUsage(this.before)), longestMs: this.longest };
  }

  private pass(): void {
    this.longest = Math.max(this.longest, milliseconds(process.threadCpuUsage(this.last)));
    this.last = process.threadCpuUsage();
    this.next = setImmediate(() => this.pass());
  }
}

function milliseconds({ user, system }: { user: number; system: number }): number {
  return (user + system) / 1000;
}
