import { MAX_SAMPLES } from '../protocol/request.schema.js';
import { tenth } from './segments.js';

/** Time between two samples of a request that has just begun to write. */
const FIRST_INTERVAL_MS = 100;

/** The progress of an answer in few points: when there are too many, every other one goes, and the next come at half the rate. */
export class Samples {
  private list: [number, number][] = [];
  private intervalMs = FIRST_INTERVAL_MS;
  private dueMs = 0;

  /** @param generated tokens of the answer by then */
  note(atMs: number, generated: number): void {
    if (atMs < this.dueMs) return;
    if (this.list.length === MAX_SAMPLES) {
      this.list = this.list.filter((_, i) => i % 2 === 0);
      this.intervalMs *= 2;
    }
    this.list.push([tenth(atMs), generated]);
    this.dueMs = atMs + this.intervalMs;
  }

  /** As they are sent, the present state last. */
  upTo(atMs: number, generated: number): [number, number][] {
    if (this.list.length === 0) return [];
    const last: [number, number] = [tenth(atMs), generated];
    const isNew = this.list.at(-1)![1] !== generated;
    return isNew ? [...this.list.slice(0, MAX_SAMPLES - 1), last] : this.list;
  }
}
