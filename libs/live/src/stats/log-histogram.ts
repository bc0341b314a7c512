/** Buckets of a doubling: each is 4.4 % wider than the one before, so that its middle is at most 2.2 % off. */
const PER_DOUBLING = 16;
/** From 1/16 ms to more than an hour. */
const MIN_EXPONENT = -4;
const BUCKETS = (22 - MIN_EXPONENT) * PER_DOUBLING;
/** The window and the parts by which it moves on. */
const SLICES = 12;
const SLICE_SECONDS = 5;

/** Median, 95th percentile and number of samples. */
export type Percentiles = [p50: number, p95: number, samples: number];

/** Durations of the last minute in fixed buckets, each as wide as its place asks: percentiles of them cost no memory of each sample. */
export class LogHistogram {
  private readonly counts = new Uint32Array(SLICES * BUCKETS);
  private readonly totals = new Uint32Array(SLICES);
  private slice = 0;
  private seconds = 0;

  /** @param value in milliseconds */
  add(value: number): void {
    this.counts[this.slice * BUCKETS + bucketOf(value)]++;
    this.totals[this.slice]++;
  }

  /** A second has passed. */
  roll(): void {
    if (++this.seconds < SLICE_SECONDS) return;
    this.seconds = 0;
    this.slice = (this.slice + 1) % SLICES;
    this.counts.fill(0, this.slice * BUCKETS, (this.slice + 1) * BUCKETS);
    this.totals[this.slice] = 0;
  }

  /** Nearest-rank percentiles; `null` without samples. */
  percentiles(): Percentiles | null {
    const samples = this.totals.reduce((sum, total) => sum + total, 0);
    if (samples === 0) return null;
    const ranks = [Math.ceil(samples * 0.5), Math.ceil(samples * 0.95)];
    const found: number[] = [];
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (let slice = 0; slice < SLICES; slice++) seen += this.counts[slice * BUCKETS + bucket];
      while (found.length < ranks.length && seen >= ranks[found.length]) found.push(middleOf(bucket));
      if (found.length === ranks.length) break;
    }
    return [found[0], found[1], samples];
  }
}

function bucketOf(value: number): number {
  const place = Math.floor((Math.log2(value) - MIN_EXPONENT) * PER_DOUBLING);
  return place > 0 ? Math.min(place, BUCKETS - 1) : 0;
}

/** The geometric middle of a bucket. */
function middleOf(bucket: number): number {
  return 2 ** (MIN_EXPONENT + (bucket + 0.5) / PER_DOUBLING);
}
