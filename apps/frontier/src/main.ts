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

// The launcher in an older Node has ended.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();

// The reader of the output, such as `head`, has closed it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});
// Nothing reads the errors.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await createProgram(args).parseAsync(args, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = EXIT.done;
  // A command without its subcommand has shown its help; `--json` needs an error.
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

/** Caches compiled code, which makes later starts faster. */
function keepCompiledCode(): void {
  try {
    enableCompileCache(cacheFolder(process.env, 'code'));
  } catch {
    // No home folder, no cache.
  }
}

/** Exits once pipes are flushed, even with handles that a failed command has left open. */
function exitWhenWritten(code: ExitCode): void {
  process.exitCode = code;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}
