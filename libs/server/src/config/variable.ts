import { z } from 'zod';

/** An environment variable: the schema of its text; `undefined` is an unset one. */
export type Variable<T> = z.ZodType<T, string | undefined>;

/** Documentation of a variable, beside its schema. */
interface VariableDocs {
  description: string;
  /** Allowed values, in words. */
  allowed: string;
  /** The default, or `unset`. */
  defaultText: string;
  /** The value may be a secret, or contain one: messages do not quote it. */
  isSecret?: true;
  /** The default is a path from the server's own folder; paths that are set are from the working folder. */
  isOwnPath?: true;
}

/** Documentation of each variable. */
export const VARIABLE_DOCS = z.registry<VariableDocs>();

type Docs = Pick<VariableDocs, 'description' | 'allowed'> & Partial<VariableDocs>;

function variable<T>(schema: z.ZodType<T, string>, fallback: NoInfer<T>, docs: Docs): Variable<T>;
function variable<T>(schema: z.ZodType<T, string>, fallback: undefined, docs: Docs): Variable<T | undefined>;
function variable<T>(schema: z.ZodType<T, string>, fallback: T | undefined, docs: Docs): Variable<T | undefined> {
  const full = fallback === undefined ? schema.optional() : schema.default(fallback as z.util.NoUndefined<T>);
  return full.register(VARIABLE_DOCS, { defaultText: fallback === undefined ? 'unset' : String(fallback), ...docs });
}

/** Any text. */
export function string(fallback: string, description: string): Variable<string>;
export function string(fallback: undefined, description: string): Variable<string | undefined>;
export function string(fallback: string | undefined, description: string): Variable<string | undefined> {
  return variable(z.string(), fallback as string, { description, allowed: 'text' });
}

/** A path with a default in the server's own folder. */
export function path(fallback: string, description: string): Variable<string> {
  return variable(z.string(), fallback, { description, allowed: 'path', isOwnPath: true });
}

/** A text without white space, such as the line end that a mounted file may add. */
export function secret(description: string): Variable<string | undefined> {
  const schema = z.string().regex(/^\S*$/, 'must not contain white space');
  return variable(schema, undefined, { description, allowed: 'text without white space', isSecret: true });
}

/** A URL by its beginning; it may have a password in it. */
export function url(pattern: RegExp, allowed: string, description: string): Variable<string | undefined> {
  const schema = z.string().regex(pattern, `must be ${allowed}`);
  return variable(schema, undefined, { description, allowed, isSecret: true });
}

/** `true` or `false`, in any case. */
export function flag(fallback: boolean, description: string): Variable<boolean> {
  const schema = z.stringbool({ truthy: ['true'], falsy: ['false'], error: 'must be true or false' });
  return variable(schema, fallback, { description, allowed: 'true, false' });
}

/** One of several words, in any case. */
export function oneOf<const T extends string>(
  values: readonly T[],
  fallback: NoInfer<T>,
  description: string,
): Variable<T> {
  const allowed = values.join(', ');
  const canonical = (raw: string): string => values.find((value) => value.toLowerCase() === raw.toLowerCase()) ?? raw;
  const schema = z
    .string()
    .transform(canonical)
    .pipe(z.enum(values, { error: `must be one of ${allowed}` }) as unknown as z.ZodType<T, string>);
  return variable(schema, fallback, { description, allowed });
}

/** A whole number in decimal digits. */
export function integer(fallback: number, range: Range, description: string): Variable<number>;
export function integer(fallback: undefined, range: Range, description: string): Variable<number | undefined>;
export function integer(fallback: number | undefined, range: Range, description: string): Variable<number | undefined> {
  const { min, max } = range;
  const allowed = max === undefined ? `${min} or more` : `${min} to ${max}`;
  const error = `must be a whole number, ${allowed}`;
  const number = z.int(error).min(min, error);
  const schema = z
    .string()
    .regex(/^\d+$/, error)
    .transform(Number)
    .pipe(max === undefined ? number : number.max(max, error));
  return variable(schema, fallback as number, { description, allowed });
}

interface Range {
  min: number;
  max?: number;
}

/** A comma-separated list of items that match a pattern; unset, an empty one. */
export function list(item: { pattern: RegExp; name: string }, description: string): Variable<string[]> {
  const allowed = `comma-separated list of ${item.name}`;
  const one = z.string().regex(item.pattern, {
    error: ({ input }) => `must be a ${allowed}; "${String(input)}" is not one`,
  });
  const schema = z
    .string()
    .transform((raw) => raw.split(',').map((text) => text.trim()))
    .pipe(z.array(one));
  return variable(schema, [], { description, allowed, defaultText: 'unset' });
}
