import { CommandError } from './command-error.js';
import { EXIT } from './exit-codes.js';

/** Signals within this time are copies of the first: a terminal sends them to the whole group, and wrappers pass them on. */
const COPY_MS = 1000;

/**
 * Runs work that Ctrl-C or SIGTERM aborts. Rejects with the interruption, even if the work completes meanwhile. A second signal, more than a second later,
 * exits at once.
 * @param advice for going on later
 */
export async function interruptible<T>(advice: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    const exitCode = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
    if (firstAt !== undefined) {
      if (performance.now() - firstAt > COPY_MS) process.exit(exitCode);
      return;
    }
    firstAt = performance.now();
    controller.abort(new CommandError('stopped.', { code: 'interrupted', exitCode, hints: [['Go on', advice]] }));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    const result = await work(controller.signal);
    controller.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
