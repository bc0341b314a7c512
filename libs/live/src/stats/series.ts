import { MAX_POINTS } from '../protocol/events.schema.js';

/** The last points of a number, one a second; a point may be missing. */
export class Series {
  private readonly points = new Float32Array(MAX_POINTS).fill(NaN);
  private at = 0;

  push(value: number | null): void {
    this.points[this.at] = value ?? NaN;
    this.at = (this.at + 1) % MAX_POINTS;
  }

  /** Oldest first, from the first one that is there, with four digits. */
  values(): (number | null)[] {
    const values: (number | null)[] = [];
    for (let i = 0; i < MAX_POINTS; i++) {
      const value = this.points[(this.at + i) % MAX_POINTS];
      if (Number.isNaN(value)) {
        if (values.length > 0) values.push(null);
      } else values.push(digits(value));
    }
    return values;
  }
}

/** A number with four digits, as charts and figures need it. */
export function digits(value: number): number {
  return Number(value.toPrecision(4));
}
