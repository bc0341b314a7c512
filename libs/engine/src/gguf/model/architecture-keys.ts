import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import type { GgufMetadata } from '../gguf-metadata.js';

/** No model has a dimension like this. */
const MAX_SIZE = 2 ** 24;

/**
 * The keys of an architecture, without its name at their beginning. Zero counts as absent where a size is optional, as writers mean it.
 * @throws `model_invalid` naming file and key
 */
export class ArchitectureKeys {
  constructor(
    private readonly metadata: GgufMetadata,
    readonly architecture: string,
  ) {}

  get path(): string {
    return this.metadata.path;
  }

  size(key: string): number {
    const value = this.optionalSize(key);
    if (value !== undefined) return value;
    throw modelInvalid(
      `${this.path}: the metadata have no "${this.fullName(key)}", which the architecture needs. Take another file of this model.`,
    );
  }

  /** A size; some writers store one for each layer, which must be the same. */
  optionalSize(key: string): number | undefined {
    const name = this.fullName(key);
    const isList = this.metadata.count(name) !== undefined;
    const values = isList ? [...new Set(this.metadata.numbers(name))] : [this.metadata.integer(name)];
    if (values.length > 1) {
      throw modelUnsupported(
        `${this.path}: "${name}" differs between layers (${values.slice(0, 3).join(', ')}), which is not supported.`,
      );
    }
    const value = values[0];
    if (value === undefined || value === 0) return undefined;
    if (Number.isInteger(value) && value > 0 && value <= MAX_SIZE) return value;
    throw modelInvalid(
      `${this.path}: "${name}" must be a positive integer of at most ${MAX_SIZE}, not ${value}. Take another file of this model.`,
    );
  }

  positive(key: string): number {
    const value = this.optionalPositive(key);
    if (value !== undefined) return value;
    throw modelInvalid(
      `${this.path}: the metadata have no "${this.fullName(key)}", which the architecture needs. Take another file of this model.`,
    );
  }

  /** A positive number. */
  optionalPositive(key: string): number | undefined {
    const value = this.metadata.number(this.fullName(key));
    if (value === undefined || value > 0) return value;
    throw modelInvalid(
      `${this.path}: "${this.fullName(key)}" must be a positive number, not ${value}. Take another file of this model.`,
    );
  }

  string(key: string): string | undefined {
    return this.metadata.string(this.fullName(key));
  }

  /** Truth values, or `undefined` where the key is absent or no list. */
  flags(key: string): readonly boolean[] | undefined {
    const name = this.fullName(key);
    return this.metadata.count(name) === undefined ? undefined : this.metadata.flags(name);
  }

  /** Refuses a key that asks for a computation that there is not. */
  refuseUnless(key: string, harmless: number | boolean, computation: string): void {
    const name = this.fullName(key);
    const value = typeof harmless === 'boolean' ? this.metadata.flag(name) : this.metadata.number(name);
    if (value === undefined || value === harmless) return;
    throw modelUnsupported(`${this.path}: "${name}" (${value}) asks for ${computation}, which is not supported.`);
  }

  private fullName(key: string): string {
    return `${this.architecture}.${key}`;
  }
}
