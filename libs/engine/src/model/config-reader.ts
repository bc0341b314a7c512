import { modelInvalid, modelUnsupported } from '../errors/engine.errors.js';

/** No model has a dimension like this; what follows from one could not be held in memory. */
const MAX_SIZE = 2 ** 24;

/** Reads the fields of a JSON file, and says of a wrong one which file and field it is, and what it should be. */
export class ConfigReader {
  constructor(
    readonly path: string,
    private readonly raw: Record<string, unknown>,
  ) {}

  /** The field as it stands; null counts as absent. */
  value(name: string): unknown {
    return this.raw[name] ?? undefined;
  }

  /** A positive whole number. */
  size(name: string, fallback?: number, max = MAX_SIZE): number {
    const value = this.value(name) ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= max) return value;
    throw this.invalid(name, `a positive integer of at most ${max}`, value);
  }

  positive(name: string, fallback?: number): number {
    const value = this.value(name) ?? fallback;
    if (typeof value === 'number' && value > 0) return value;
    throw this.invalid(name, 'a positive number', value);
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
