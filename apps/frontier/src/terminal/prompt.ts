import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Interrupted } from './interrupted.js';
import type { Terminal } from './terminal.js';

/** Asks a yes-or-no question; an empty answer is no. */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `, terminal, false)).trim());
}

/** Asks for something that is not shown. */
export async function askSecret(terminal: Terminal, question: string): Promise<string> {
  try {
    return (await ask(`${question} `, terminal, true)).trim();
  } finally {
    terminal.stderr.write('\n');
  }
}

async function ask(question: string, terminal: Terminal, isHidden: boolean): Promise<string> {
  terminal.stderr.write(question);
  // The terminal echoes by readline, which writes what is typed here.
  const output = new Writable({
    write: (chunk: Buffer, _, done) => {
      if (!isHidden) terminal.stderr.write(chunk.toString());
      done();
    },
  });
  const reader = createInterface({ input: process.stdin, output, terminal: isHidden });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    reader.once('line', resolve).once('close', () => resolve(''));
    reader.once('SIGINT', () => reject(new Interrupted()));
    return await promise;
  } finally {
    reader.close();
  }
}
