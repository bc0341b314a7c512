import { modelInvalid, modelUnsupported } from '../errors/engine.errors.js';

/** No model has a dimension like this; what follows from one could not be held in memory. */
const MAX_SIZE = 2 ** 24;

/** Reads the fields of a JSON file, and says of a wrong one which file and field it is, and what it should be. */
export class ConfigReader {
  constructor(
    readonly path: string,
    private readonly raw: Record<string, unknown>,
    private readonly defaults: Record<string, unknown> = {},
  ) {}

  /** The same fields, with values for those that are absent or null. */
  withDefaults(defaults: Record<string, unknown>): ConfigReader {
    return new ConfigReader(this.path, this.raw, defaults);
  }

  /** The field as it stands, or its default; null counts as absent. */
  value(name: string): unknown {
    return this.raw[name] ?? this.defaults[name] ?? undefined;
  }

  /** A positive whole number. */
  size(name: string, fallback?: number, max = MAX_SIZE): number {
    const value = this.value(name) ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= max) return value;
    throw this.invalid(name, `a positive integer of at most ${max}`, value);
  }

  /** A positive whole number, or `undefined` where the field is absent. */
  optionalSize(name: string): number | undefined {
    return this.value(name) === undefined ? undefined : this.size(name);
  }

  positive(name: string, fallback?: number): number {
    const value = this.value(name) ?? fallback;
    if (isPositive(value)) return value;
    throw this.invalid(name, 'a positive number', value);
  }

  /** A list of `count` positive numbers. */
  positives(name: string, count: number): number[] {
    const value = this.value(name);
    if (Array.isArray(value) && value.length === count && value.every(isPositive)) return value;
    const found = Array.isArray(value) ? `a list of ${value.length}` : JSON.stringify(value);
    throw modelInvalid(`${this.path}: "${name}" must be a list of ${count} positive numbers, not ${found}.`);
  }

  /** A number in `[min, max]`, or `undefined` where the field is absent. */
  optionalNumber(name: string, min: number, max: number): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw this.invalid(name, `a number from ${min} to ${max}`, value);
  }

  flag(name: string, fallback = false): boolean {
    const value = this.value(name) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw this.invalid(name, 'true or false', value);
  }

  /** The reader of a nested object; of an empty one where it is absent. */
  section(name: string): ConfigReader {
    const value = this.value(name) ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw this.invalid(name, 'an object', value);
    return new ConfigReader(`${this.path}: "${name}"`, value as Record<string, unknown>);
  }

  /** Token ids: one, several or none. */
  tokenIds(name: string): number[] {
    const value = this.value(name);
    return (Array.isArray(value) ? value : [value]).filter((id): id is number => Number.isInteger(id));
  }

  /** One of several names. */
  oneOf<T extends string>(name: string, supported: readonly T[], fallback: T): T {
    const value = this.value(name) ?? fallback;
    const found = supported.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw modelUnsupported(
      `${this.path}: "${name}": ${JSON.stringify(value)} is not supported; supported are ${supported.join(' and ')}.`,
    );
  }

  /** Refuses a field that would change the computation in a way that the graph does not have, whatever its value. */
  refuse(name: string): void {
    const value = this.value(name);
    if (value === undefined) return;
    throw modelUnsupported(`${this.path}: "${name}": ${JSON.stringify(value)} is not supported.`);
  }

  /** Refuses a setting that would change the computation in a way that the graph does not have. */
  expect(name: string, supported: string | boolean | number): void {
    const value = this.value(name) ?? supported;
    if (value === supported) return;
    throw modelUnsupported(
      `${this.path}: "${name}": ${JSON.stringify(value)} is not supported; only ${JSON.stringify(supported)} is.`,
    );
  }

  invalid(name: string, expected: string, value: unknown): Error {
    return modelInvalid(`${this.path}: "${name}" must be ${expected}, not ${JSON.stringify(value)}.`);
  }
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}
