/** One thing that was looked at. */
export interface Check {
  name: string;
  status: 'ok' | 'warn' | 'fail';
  /** The finding. */
  found: string;
  /** Advice; always with `warn` and `fail`. */
  do?: string;
}

export function ok(name: string, found: string): Check {
  return { name, status: 'ok', found };
}

export function warn(name: string, found: string, advice: string): Check {
  return { name, status: 'warn', found, do: advice };
}

export function fail(name: string, found: string, advice: string): Check {
  return { name, status: 'fail', found, do: advice };
}
