/** True if a value of JSON has no integer beyond 2^53: it would be another one in a prompt. */
export function hasSafeIntegers(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(hasSafeIntegers);
}
