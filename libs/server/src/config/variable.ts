/** How one environment variable is read. A parser throws an `Error` that says what is wrong with the value. */
export interface Variable<T> {
  parse: (raw: string) => T;
  /** The value when the variable is unset; `undefined` where the feature is then off or the value is made. */
  default: T;
  description: string;
  /** Whether a value may be a secret, or have one in it: messages do not quote it. */
  isSecret?: true;
  /** Whether the default is a path from the server's own folder; paths that are set are from the working folder. */
  isOwnPath?: true;
  /** What the documentation shows as the default. */
  defaultText: string;
  /** What the documentation shows as the allowed values. */
  allowed: string;
}

export function string<T extends string | undefined>(fallback: T, description: string): Variable<T | string> {
  const parse = (raw: string): string => raw;
  return { parse, default: fallback, description, defaultText: fallback ?? 'unset', allowed: 'text' };
}

/** A path, whose default is in the server's own folder. */
export function path(fallback: string, description: string): Variable<string> {
  return { ...(string(fallback, description) as Variable<string>), isOwnPath: true, allowed: 'path' };
}

/** A text without white space, such as the line end that a mounted file may add. */
export function secret(description: string): Variable<string | undefined> {
  const parse = (raw: string): string => {
    if (/\s/.test(raw)) throw new Error('must not contain white space');
    return raw;
  };
  const allowed = 'text without white space';
  return { parse, default: undefined, description, isSecret: true, defaultText: 'unset', allowed };
}

/** A URL by its beginning; it may have a password in it. */
export function url(pattern: RegExp, allowed: string, description: string): Variable<string | undefined> {
  const parse = (raw: string): string => {
    if (!pattern.test(raw)) throw new Error(`must be ${allowed}`);
    return raw;
  };
  return { parse, default: undefined, description, isSecret: true, defaultText: 'unset', allowed };
}

/** `true` or `false`. */
export function flag(fallback: boolean, description: string): Variable<boolean> {
  const parse = (raw: string): boolean => {
    const value = { true: true, false: false }[raw.toLowerCase()];
    if (value === undefined) throw new Error('must be true or false');
    return value;
  };
  return { parse, default: fallback, description, defaultText: String(fallback), allowed: 'true, false' };
}

export function oneOf<const T extends string>(
  values: readonly T[],
  fallback: NoInfer<T>,
  description: string,
): Variable<T> {
  const parse = (raw: string): T => {
    const value = values.find((candidate) => candidate.toLowerCase() === raw.toLowerCase());
    if (value === undefined) throw new Error(`must be one of ${values.join(', ')}`);
    return value;
  };
  return { parse, default: fallback, description, defaultText: fallback, allowed: values.join(', ') };
}

export function integer<T extends number | undefined>(
  fallback: T,
  range: { min: number; max?: number },
  description: string,
): Variable<T | number> {
  const { min, max = Number.MAX_SAFE_INTEGER } = range;
  const allowed = range.max === undefined ? `${min} or more` : `${min} to ${max}`;
  const parse = (raw: string): number => {
    const value = /^\d+$/.test(raw) ? Number(raw) : NaN;
    if (!(value >= min && value <= max)) throw new Error(`must be a whole number, ${allowed}`);
    return value;
  };
  return { parse, default: fallback, description, defaultText: fallback?.toString() ?? 'unset', allowed };
}

/** A comma-separated list of items that match a pattern; unset, an empty one. */
export function list(item: { pattern: RegExp; name: string }, description: string): Variable<readonly string[]> {
  const parse = (raw: string): readonly string[] => {
    const items = raw.split(',').map((text) => text.trim());
    const wrong = items.find((text) => !item.pattern.test(text));
    if (wrong !== undefined) throw new Error(`must be a comma-separated list of ${item.name}; "${wrong}" is not one`);
    return items;
  };
  return { parse, default: [], description, defaultText: 'unset', allowed: `comma-separated list of ${item.name}` };
}
