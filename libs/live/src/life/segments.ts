import { type LifePhase, MAX_SEGMENTS } from '../protocol/request.schema.js';

/** The phases of a request and their beginnings, in milliseconds since its own. The first is `checks`, from 0 on. */
export class Segments {
  private readonly list: [LifePhase, number][] = [['checks', 0]];

  /** The present phase. */
  get phase(): LifePhase {
    return this.list.at(-1)![0];
  }

  /** Enters a phase, unless it is the present one. Beginnings never go back. */
  enter(phase: LifePhase, atMs: number): void {
    const last = this.list.at(-1)!;
    if (last[0] === phase) return;
    this.list.push([phase, Math.max(atMs, last[1])]);
    if (this.list.length > MAX_SEGMENTS) this.join();
  }

  /** Corrects the beginning of a phase, if it is the present one; it stays behind that of the phase before. */
  correct(phase: LifePhase, fromMs: number): void {
    const before = this.list.at(-2);
    if (before && this.phase === phase) this.list.at(-1)![1] = Math.max(before[1], fromMs);
  }

  /** As they are sent, up to a time. */
  upTo(endMs: number): [LifePhase, number][] {
    return this.list.map(([phase, from]) => [phase, tenth(Math.min(from, endMs))]);
  }

  /** Makes one of the oldest two segments of a phase with one other between them, and of that one. */
  private join(): void {
    const first = this.list.findIndex(([phase], i) => this.list.at(i + 2)?.[0] === phase);
    if (first !== -1) this.list.splice(first + 1, 2);
    else this.list.pop();
  }
}

/** Tenths of milliseconds. */
export function tenth(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
