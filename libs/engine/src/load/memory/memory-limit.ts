import { totalmem } from 'node:os';

/** The memory that a process may take. */
export interface MemoryLimit {
  bytes: number;
  /** `container`: a limit of its control group, over which the system ends it; `machine`: all memory. */
  of: 'container' | 'machine';
}

/** The limit of this process. */
export function memoryLimit(
  constrained: number = process.constrainedMemory(),
  total: number = totalmem(),
): MemoryLimit {
  // Without a limit it is zero, or more than there is.
  return constrained > 0 && constrained < total
    ? { bytes: constrained, of: 'container' }
    : { bytes: total, of: 'machine' };
}
