import type { Precision } from '@frontier/engine';
import { CommandError } from './command-error.js';
import { EXIT } from './exit-codes.js';

const PRECISIONS: readonly Precision[] = ['fp32', 'int8', 'int4'];

type Bounds = readonly [min: number, max: number];

/**
 * The whole number of an option; undefined where the option was not given.
 * @throws for another text, and for a number out of bounds
 */
export function wholeOption(name: string, text: string | undefined, bounds: Bounds): number | undefined {
  return boundedOption(name, text, bounds, { form: /^\d+$/, kind: 'a whole number' });
}

/** The number of an option, with or without a fraction. Throws as {@link wholeOption}. */
export function numberOption(name: string, text: string | undefined, bounds: Bounds): number | undefined {
  return boundedOption(name, text, bounds, { form: /\S/, kind: 'a number' });
}

/** The word of an option that takes one of a few. Throws as {@link wholeOption}. */
export function choiceOption<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (text === undefined || choices.includes(text as T)) return text as T | undefined;
  throw wrongOption(name, text, choices.join(', ').replace(/, (?=[^,]*$)/, ' or '));
}

/** The precision of `--precision`. Throws as {@link wholeOption}. */
export function precisionOption(text: string | undefined): Precision | undefined {
  return choiceOption('--precision', text, PRECISIONS);
}

/** The error for an option whose value is wrong. */
export function wrongOption(name: string, text: string, expected: string): CommandError {
  return new CommandError(`${name} "${text}" must be ${expected}.`, {
    code: 'usage',
    exitCode: EXIT.usage,
    hints: [['All options', 'frontier <command> --help']],
  });
}

function boundedOption(
  name: string,
  text: string | undefined,
  [min, max]: Bounds,
  { form, kind }: { form: RegExp; kind: string },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (form.test(text) && value >= min && value <= max) return value;
  throw wrongOption(name, text, `${kind}, ${min} to ${max}`);
}
