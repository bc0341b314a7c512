import { processTimeMs } from './process-time.js';

interface TimeLimit {
  /** Processor time. */
  limitMs: number;
  /** Time that passes, for a process that gets little of the processor or stands still. */
  maxMs: number;
}

/**
 * Watches a process from now on. Its processor time counts, so that other work on the same machine does not matter; where
 * that is not known, the time that passes.
 * @param onOver called once, when a limit is reached, with the processor time and the time that passed
 * @returns ends the watch
 */
export function watchTime(
  pid: number | undefined,
  { limitMs, maxMs }: TimeLimit,
  onOver: (usedMs: number, elapsedMs: number) => void,
): () => void {
  const before = processTimeMs(pid);
  let beganAt = performance.now();
  let timer: NodeJS.Timeout;
  const wait = (ms: number): void => {
    const dueAt = performance.now() + ms;
    timer = setTimeout(() => {
      const now = performance.now();
      // A timer that is very late shows that this process stood still, and the other one with it.
      if (now - dueAt > limitMs / 2) beganAt = now;
      const elapsed = now - beganAt;
      const after = processTimeMs(pid);
      const used = before === undefined || after === undefined ? elapsed : after - before;
      if (used >= limitMs || elapsed >= maxMs) onOver(used, elapsed);
      else wait(Math.max(limitMs / 50, Math.min(limitMs - used, maxMs - elapsed)));
    }, ms);
  };
  wait(limitMs);
  return () => clearTimeout(timer);
}
