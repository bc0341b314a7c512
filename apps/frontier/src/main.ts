import { enableCompileCache } from 'node:module';
import { CommanderError } from 'commander';
import { reportError } from './cli/report-error.js';
import { EXIT, type ExitCode } from './cli/exit-codes.js';
import { cacheFolder } from './cli/folders.js';
import { createProgram, usageError } from './program/program.js';
import { toCommandError } from './cli/to-command-error.js';
import { Terminal } from './terminal/terminal.js';

const args = process.argv.slice(2);

keepCompiledCode();

// The program that started this one, in an older Node, is gone.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();

// Whoever reads the output has seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});
// There is nobody to tell.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await createProgram(args).parseAsync(args, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = EXIT.done;
  // Help was shown, since a command alone says nothing of what to do; machines read none.
  else if (error instanceof CommanderError && error.code === 'commander.help' && !args.includes('--json'))
    process.exitCode = EXIT.done;
  else {
    const failure = error instanceof CommanderError ? usageError(error, args) : toCommandError(error);
    const has = (...flags: string[]): boolean => flags.some((flag) => args.includes(flag));
    const terminal = new Terminal({ json: has('--json'), color: !has('--no-color') });
    reportError(failure, terminal, has('--verbose'));
    exitWhenWritten(failure.exitCode);
  }
}

/** Later starts are faster with it; where it cannot be written, nothing is kept. */
function keepCompiledCode(): void {
  try {
    enableCompileCache(cacheFolder(process.env, 'code'));
  } catch {
    // Without a home folder it cannot be.
  }
}

/** Ends the process, whatever a command that failed has left open, once all that was written to pipes has gone. */
function exitWhenWritten(code: ExitCode): void {
  process.exitCode = code;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}
