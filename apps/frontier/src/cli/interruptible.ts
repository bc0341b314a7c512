import { CommandError } from './command-error.js';
import { EXIT } from './exit-codes.js';

/**
 * Runs something that Ctrl-C or SIGTERM ends: its signal is aborted, and what it throws then is why. A second one ends the process at once.
 * @param advice how to go on later
 */
export async function interruptible<T>(advice: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    const exitCode = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort(new CommandError('stopped.', { code: 'interrupted', exitCode, hints: [['Go on', advice]] }));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
