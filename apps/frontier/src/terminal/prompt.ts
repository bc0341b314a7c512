import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Interrupted } from './interrupted.js';
import type { Terminal } from './terminal.js';

/** Asks a yes-or-no question; an empty answer is no. */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `, terminal, false)).trim());
}

/**
 * Asks for a secret, without echo.
 * @param signal ends the question, with its reason
 */
export async function askSecret(terminal: Terminal, question: string, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted();
  try {
    return (await ask(`${question} `, terminal, true, signal)).trim();
  } finally {
    terminal.stderr.write('\n');
  }
}

async function ask(question: string, terminal: Terminal, isHidden: boolean, signal?: AbortSignal): Promise<string> {
  // Readline echoes into this stream.
  const output = new Writable({
    write: (chunk: Buffer, _, done) => {
      if (!isHidden) terminal.stderr.write(chunk.toString());
      done();
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const reader = createInterface({ input: process.stdin, output, terminal: isHidden });
  const stop = (): void => reject(signal!.reason as Error);
  reader.once('line', resolve).once('close', () => resolve(''));
  reader.once('SIGINT', () => reject(new Interrupted()));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    // Last: an answer or Ctrl-C that comes at once is not echoed, and not missed.
    terminal.stderr.write(question);
    return await promise;
  } finally {
    signal?.removeEventListener('abort', stop);
    reader.close();
  }
}
