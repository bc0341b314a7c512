import type { LoopResult } from './callers.ts';

/** A way to make embeddings. */
export interface Contestant {
  /** With its version. */
  name: string;
  /** Callers that ask for the vectors of one text after the other, for so many seconds. */
  loop(texts: readonly string[], callers: number, seconds: number): Promise<LoopResult>;
  close(): Promise<void>;
}
