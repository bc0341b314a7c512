import type { Configuration } from './configuration.js';
import type { Continuation } from '../nodes/continuation.js';
import type { TokenSource } from './token-source.js';

/** Sources of a continuation's threads, and a flag: the text may end there. */
export interface Entry {
  sources: readonly TokenSource[];
  isEnd: boolean;
}

/** Estimates of bytes, with the entries of maps that lead to them; a test holds them against the heap. */
const BYTES = { object: 200, way: 100, unit: 16, successor: 50 } as const;

/** Results that a grammar has found. All may be forgotten: a result that is asked for again is found again. */
export class GrammarMemory {
  readonly continuations = new Map<string, Continuation>();
  readonly entries = new Map<Continuation, Entry>();
  readonly configurations = new Map<string, Configuration>();
  /** By 256 times the id of a configuration, plus the byte that follows. */
  readonly successors = new Map<number, Configuration>();
  /** The tokens that may follow, one bit each. */
  readonly masks = new Map<Configuration, Uint32Array>();
  private kept = 0;

  /** Bytes of all that is known, about. */
  get bytes(): number {
    return this.kept;
  }

  addObject(ways = 0, units = 0): void {
    this.kept += BYTES.object + ways * BYTES.way + units * BYTES.unit;
  }

  addSuccessor(key: number, configuration: Configuration): void {
    this.successors.set(key, configuration);
    this.kept += BYTES.successor;
  }

  addMask(configuration: Configuration, mask: Uint32Array): void {
    this.masks.set(configuration, mask);
    this.kept += mask.byteLength + BYTES.object;
  }
}
