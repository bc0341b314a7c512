/** The fields that are neither absent nor null; the others take their default. */
export function withoutNulls<T extends object>(fields: { [Name in keyof T]?: T[Name] | null }): Partial<T> {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given) as Partial<T>;
}
