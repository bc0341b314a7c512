import { TemplateFault } from './chat-template.errors.js';
import { Markup, Undefined, typeName, type Arguments, type Value } from './values.js';

export const NO_ARGUMENTS: Arguments = { positional: [] };

/**
 * Arguments by the names of the parameters, in their order; undefined where one is not given.
 * @throws TemplateFault where Python raises a TypeError: too many, unknown, twice, or one of the first `required` missing
 */
export function bind(
  callee: string,
  args: Arguments,
  names: readonly string[],
  required = 0,
): readonly (Value | undefined)[] {
  if (!args.named && args.positional.length <= names.length && args.positional.length >= required)
    return args.positional;
  if (args.positional.length > names.length) {
    throw new TemplateFault(`${callee} takes at most ${names.length} arguments, and has ${args.positional.length}`);
  }
  const values: (Value | undefined)[] = names.map((_, index) => args.positional[index]);
  for (const [name, value] of args.named ?? []) {
    const index = names.indexOf(name);
    if (index < 0) throw new TemplateFault(`${callee} has no argument '${name}'`);
    if (values[index] !== undefined) throw new TemplateFault(`${callee} has '${name}' twice`);
    values[index] = value;
  }
  const missing = values.findIndex((value, index) => index < required && value === undefined);
  if (missing >= 0) throw new TemplateFault(`${callee} needs '${names[missing]}'`);
  return values;
}

/** Arguments of what takes them by position only, as most of Python's own methods do. */
export function bindPositional(
  callee: string,
  args: Arguments,
  most: number,
  least = 0,
): readonly (Value | undefined)[] {
  if (args.named && args.named.size > 0) throw new TemplateFault(`${callee} takes no keyword arguments`);
  const { length } = args.positional;
  if (length > most || length < least)
    throw new TemplateFault(`${callee} takes ${least} to ${most} arguments, and has ${length}`);
  return args.positional;
}

export function textOf(value: Value | undefined, callee: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof Undefined || value instanceof Markup) throw value.fault();
  throw new TemplateFault(`${callee} needs a str, not ${value === undefined ? 'nothing' : typeName(value)}`);
}
