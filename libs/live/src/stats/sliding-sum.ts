/** A sum over the last seconds, the present one included. */
export class SlidingSum {
  private readonly sums: Float64Array;
  private at = 0;
  private total = 0;

  constructor(private readonly seconds: number) {
    this.sums = new Float64Array(seconds);
  }

  get sum(): number {
    return this.total;
  }

  /** The sum per second. */
  get rate(): number {
    return this.total / this.seconds;
  }

  add(amount: number): void {
    this.sums[this.at] += amount;
    this.total += amount;
  }

  /** A second has passed. */
  roll(): void {
    this.at = (this.at + 1) % this.seconds;
    this.total -= this.sums[this.at];
    this.sums[this.at] = 0;
  }
}
