import { availableParallelism, cpus } from 'node:os';

/**
 * The threads of a pass: 0, which is ONNX Runtime's own choice of one for each core of the machine, or as many as the
 * process may use at once where a container's CPU limit or an affinity mask is lower. ONNX Runtime does not see limits: on a
 * large node its threads would use up the quota of a small pod at once, and then all wait for the next period.
 */
export function intraOpThreads(usable = availableParallelism(), cores = cpus().length): number {
  return usable < cores ? usable : 0;
}
