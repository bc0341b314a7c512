import { isAppError, messageOf } from '@frontier/errors';
import { Interrupted } from '../terminal/interrupted.js';
import { CommandError, type Hint } from './command-error.js';
import { EXIT, type ExitCode } from './exit-codes.js';

/** By the `failure` of a `HubError`, whose code commands without a hub do not load. */
const OF_HUB: Readonly<Record<string, { exitCode: ExitCode; hint: Hint }>> = {
  reference: { exitCode: EXIT.usage, hint: ['Such as', 'frontier pull hf:HuggingFaceTB/SmolLM2-135M-Instruct'] },
  not_found: { exitCode: EXIT.notFound, hint: ['Look', 'https://huggingface.co/models'] },
  forbidden: { exitCode: EXIT.notAllowed, hint: ['Then', 'HF_TOKEN=<your token> frontier pull <hf:org/name>'] },
  offline: { exitCode: EXIT.notReachable, hint: ['With a connection', 'frontier pull <hf:org/name>'] },
  unreachable: { exitCode: EXIT.notReachable, hint: ['Again', 'the same command goes on where it stopped'] },
  refused_address: { exitCode: EXIT.notReachable, hint: ['A mirror', 'HUB_REDIRECT_HOSTS=<its storage> frontier …'] },
  unsafe_name: { exitCode: EXIT.failed, hint: ['Another', 'take another repository, or tell its owner'] },
  damaged: { exitCode: EXIT.failed, hint: ['Again', 'the same command, or look at HF_ENDPOINT'] },
  no_space: { exitCode: EXIT.noRoom, hint: ['Free some', 'frontier rm <model>'] },
  in_use: { exitCode: EXIT.noRoom, hint: ['Then', 'the same command'] },
  no_model: { exitCode: EXIT.notSupported, hint: ['What is supported', 'frontier doctor --supported'] },
};

/** Turns any error into one with an exit code and advice. */
export function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof Interrupted) {
    return new CommandError(error.message, { code: 'interrupted', exitCode: EXIT.interrupted, cause: error });
  }
  const message = messageOf(error);
  if (isAppError(error)) return fromAppError(error, message);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') {
    return new CommandError(message, {
      code: 'disk_full',
      exitCode: EXIT.noRoom,
      hints: [['Free some', 'frontier rm <model>']],
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new CommandError(message, {
      code: 'not_writable',
      exitCode: EXIT.notAllowed,
      hints: [['Look', 'frontier doctor']],
      cause: error,
    });
  }
  return new CommandError(message, {
    code: 'failed',
    exitCode: EXIT.failed,
    hints: [
      ['Details', 'the same command with --verbose'],
      ['This machine', 'frontier doctor'],
    ],
    cause: error,
  });
}

function fromAppError(error: { code: string }, message: string): CommandError {
  const failure = (error as { failure?: string }).failure;
  const ofHub = failure === undefined ? undefined : OF_HUB[failure];
  if (ofHub) {
    const code = failure === 'no_space' ? 'disk_full' : failure!;
    return new CommandError(message, { code, exitCode: ofHub.exitCode, hints: [ofHub.hint], cause: error });
  }
  const { exitCode, hint } = OF_CODE[error.code] ?? {
    exitCode: EXIT.failed,
    hint: ['Details', 'the same command with --verbose'],
  };
  return new CommandError(message, { code: error.code, exitCode, hints: [hint], cause: error });
}

const OF_CODE: Readonly<Record<string, { exitCode: ExitCode; hint: Hint }>> = {
  config_invalid: { exitCode: EXIT.usage, hint: ['All settings', 'docs/configuration.md'] },
  key_file_invalid: { exitCode: EXIT.usage, hint: ['Look', 'open the file in an editor: docs/command-line.md#keys'] },
  key_file_in_use: { exitCode: EXIT.noRoom, hint: ['Then', 'the same command'] },
  key_exists: { exitCode: EXIT.noRoom, hint: ['Those in it', 'frontier keys list --keys-file <file>'] },
  key_not_found: { exitCode: EXIT.notFound, hint: ['Those in it', 'frontier keys list --keys-file <file>'] },
  model_invalid: { exitCode: EXIT.notSupported, hint: ['Why', 'frontier doctor <model>'] },
  model_unsupported: { exitCode: EXIT.notSupported, hint: ['What is supported', 'frontier doctor --supported'] },
};
