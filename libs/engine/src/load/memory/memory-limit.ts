import { totalmem } from 'node:os';

/** The memory that a process may take. */
export interface MemoryLimit {
  bytes: number;
  /** `container`: a limit of its control group, over which the system ends it; `machine`: all memory; `share of memory`: what it was given. */
  of: 'container' | 'machine' | 'share of memory';
}

/** This process's share of the memory, in bytes; `undefined`: all of it. */
let share: number | undefined;

/** Lets this process take so much memory, where that is less than there is. */
export function limitMemory(bytes: number): void {
  share = bytes;
}

/** The limit of this process. */
export function memoryLimit(
  constrained: number = process.constrainedMemory(),
  total: number = totalmem(),
): MemoryLimit {
  // Without a limit it is zero, or more than there is.
  const limit: MemoryLimit =
    constrained > 0 && constrained < total ? { bytes: constrained, of: 'container' } : { bytes: total, of: 'machine' };
  return share !== undefined && share < limit.bytes ? { bytes: share, of: 'share of memory' } : limit;
}
