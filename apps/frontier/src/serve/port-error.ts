import { CommandError } from '../cli/command-error.js';
import { EXIT } from '../cli/exit-codes.js';

interface Address {
  host: string;
  port: number;
  /** As on the command line. */
  models: readonly string[];
}

/** The error for a port that cannot be bound, with commands for another port. */
export function portError(error: Error, { host, port, models }: Address): CommandError {
  const serve = ['frontier serve', ...models].join(' ');
  switch ((error.cause as NodeJS.ErrnoException | undefined)?.code) {
    case 'EADDRINUSE':
      return new CommandError(`port ${port} on ${host} is in use.`, {
        code: 'port_in_use',
        exitCode: EXIT.noRoom,
        hints: [
          ['Another one', `${serve} --port ${port + 1}`],
          ['Any free one', `${serve} --port 0`],
        ],
        cause: error,
      });
    case 'EACCES':
      return new CommandError(`port ${port} needs a privilege: this user may not listen below 1024.`, {
        code: 'port_not_allowed',
        exitCode: EXIT.notAllowed,
        hints: [['A higher one', `${serve} --port 8080`]],
        cause: error,
      });
    default:
      return new CommandError(error.message, {
        code: 'address_invalid',
        exitCode: EXIT.usage,
        hints: [['This machine alone', `${serve} --host 127.0.0.1`]],
        cause: error,
      });
  }
}
