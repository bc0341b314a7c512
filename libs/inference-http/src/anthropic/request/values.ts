/** Tests for a field that is absent or null, which requests its default. */
export function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** Tests for a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
