import { supportedArchitectures } from '@frontier/engine/inspection';
import type { Context } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { precisionOption } from '../cli/option-values.js';
import type { Terminal } from '../terminal/terminal.js';
import { printable } from '../text/printable.js';
import type { Check } from './check.js';
import { machineChecks } from './machine-checks.js';
import { modelChecks } from './model-checks.js';

/** Options of `frontier doctor`. */
export interface DoctorOptions {
  strict?: boolean;
  supported?: boolean;
  precision?: string;
}

const LABEL_WIDTH = 6;
const NAME_WIDTH = 14;

/** `frontier doctor`: checks this machine, or one model, with advice for each fault. */
export async function doctorCommand(context: Context<DoctorOptions>, model?: string): Promise<void> {
  const { terminal, options, env } = context;
  if (options.supported) return printSupported(terminal);
  const precision = precisionOption(options.precision);
  const checks: Check[] = [];
  for await (const check of model === undefined ? machineChecks(env) : modelChecks(model, precision, env)) {
    checks.push(check);
    if (!terminal.isJson) terminal.print(linesOf(check, terminal).join('\n'));
  }
  const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
  const failed = count('fail') + (options.strict ? count('warn') : 0);
  if (terminal.isJson) terminal.printJson({ checks, failed });
  else terminal.print(`${failed} failed, ${count('warn')} warnings, ${count('ok')} ok`);
  // No error is thrown: the checks have named the faults.
  if (failed > 0) process.exitCode = model !== undefined && count('fail') > 0 ? EXIT.notSupported : EXIT.failed;
}

function linesOf({ name, status, found, do: advice }: Check, terminal: Terminal): string[] {
  const color = ({ ok: 'green', warn: 'yellow', fail: 'red' } as const)[status];
  const line = (label: string, second: string, text: string): string =>
    label + ' '.repeat(LABEL_WIDTH - status.length) + second.padEnd(NAME_WIDTH) + text;
  const first = line(terminal.styled(color, status), name, printable(found));
  return advice === undefined ? [first] : [first, `${' '.repeat(LABEL_WIDTH)}${'do'.padEnd(NAME_WIDTH)}${advice}`];
}

function printSupported(terminal: Terminal): void {
  const supported = supportedArchitectures();
  if (terminal.isJson) return terminal.printJson({ ...supported, onnx: 'any' });
  const block = (title: string, names: readonly string[]): string =>
    `${title}\n${names.map((name) => `  ${name}`).join('\n')}`;
  terminal.print(
    [
      block('Models that generate (safetensors; config.json names them):', supported.generate),
      block('Models that embed, classify or rerank (safetensors):', supported.encode),
      block('GGUF files (general.architecture):', supported.gguf),
      'ONNX files: decoders and encoders that were exported with a tokenizer, and any other as a model of tensors.',
    ].join('\n'),
  );
}
