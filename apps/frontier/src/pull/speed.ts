const WINDOW_MS = 5000;

/** A speed over the last seconds. */
export class Speed {
  private readonly samples: [atMs: number, done: number][] = [];

  /** @param done the total until now */
  note(done: number): void {
    const at = performance.now();
    this.samples.push([at, done]);
    while (this.samples.length > 2 && this.samples[0][0] < at - WINDOW_MS) this.samples.shift();
  }

  /** Per second; undefined until two samples are far enough apart. */
  get perSecond(): number | undefined {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last[0] - first[0] < 200) return undefined;
    const seconds = (Math.max(last[0], performance.now() - 1000) - first[0]) / 1000;
    const speed = (last[1] - first[1]) / seconds;
    return speed > 0 ? speed : undefined;
  }
}
