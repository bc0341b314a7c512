import { modelInvalid } from '../errors/engine.errors.js';

/** The numbers of an array in the metadata: float32 and int32 as they are stored, others as plain numbers. */
export type GgufNumbers = Float32Array | Int32Array | readonly number[];

/** An array that is read from the file when it is asked for: a vocabulary takes 5 to 15 MB, which nothing has to keep. */
export interface StoredArray {
  readonly elements: 'text' | 'number' | 'flag';
  readonly count: number;
  load(): readonly string[] | readonly boolean[] | GgufNumbers;
}

/** A value of the metadata; integers that float64 cannot hold are bigints. */
export type GgufValue = string | number | bigint | boolean | StoredArray;

/**
 * The metadata of a GGUF file: typed values by their keys. A getter returns `undefined` where there is no such key.
 * @throws `model_invalid` naming file and key, where the value has another type than the getter's
 */
export class GgufMetadata {
  constructor(
    /** The file, as errors name it. */
    readonly path: string,
    private readonly values: ReadonlyMap<string, GgufValue>,
  ) {}

  /** Metadata that are in no file. */
  static of(
    path: string,
    values: Readonly<
      Record<string, Exclude<GgufValue, StoredArray> | readonly string[] | readonly boolean[] | GgufNumbers>
    >,
  ): GgufMetadata {
    return new GgufMetadata(
      path,
      new Map(
        Object.entries(values).map(([key, value]) => [key, typeof value === 'object' ? heldArray(value) : value]),
      ),
    );
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  keys(): IterableIterator<string> {
    return this.values.keys();
  }

  string(key: string): string | undefined {
    const value = this.values.get(key);
    if (value === undefined || typeof value === 'string') return value;
    throw this.invalid(key, 'a text');
  }

  /** A whole number, of whatever integer type: writers differ. */
  integer(key: string): number | undefined {
    const value = this.values.get(key);
    if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value))) return value;
    throw this.invalid(key, 'a whole number');
  }

  /** A finite number. */
  number(key: string): number | undefined {
    const value = this.values.get(key);
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
    throw this.invalid(key, 'a finite number');
  }

  /** A truth value; some writers store it as 0 or 1. */
  flag(key: string): boolean | undefined {
    const value = this.values.get(key);
    if (value === undefined || typeof value === 'boolean') return value;
    if (value === 0 || value === 1) return value === 1;
    throw this.invalid(key, 'true or false');
  }

  /** Texts in UTF-8; bytes that are none are replaced by U+FFFD. Read from the file at each call. */
  strings(key: string): readonly string[] | undefined {
    return this.array(key, 'text') as readonly string[] | undefined;
  }

  /** Numbers, read from the file at each call. */
  numbers(key: string): GgufNumbers | undefined {
    return this.array(key, 'number') as GgufNumbers | undefined;
  }

  /** Truth values, read from the file at each call. */
  flags(key: string): readonly boolean[] | undefined {
    return this.array(key, 'flag') as readonly boolean[] | undefined;
  }

  /** How many elements an array has, which need not be read for that; `undefined` where the key is absent or no array. */
  count(key: string): number | undefined {
    const value = this.values.get(key);
    return typeof value === 'object' ? value.count : undefined;
  }

  private array(key: string, elements: StoredArray['elements']): ReturnType<StoredArray['load']> | undefined {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    // An empty array may be declared as one of anything.
    if (typeof value === 'object' && (value.elements === elements || value.count === 0)) return value.load();
    throw this.invalid(
      key,
      `an array, each element ${{ text: 'a text', number: 'a number', flag: 'true or false' }[elements]}`,
    );
  }

  private invalid(key: string, expected: string): Error {
    const value = this.values.get(key);
    const found = typeof value === 'object' ? `an array (${value.elements})` : shorten(String(value));
    return modelInvalid(`${this.path}: "${key}" in the metadata must be ${expected}, not ${found}.`);
  }
}

const MAX_SHOWN = 40;

function shorten(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text);
}

function heldArray(values: readonly string[] | readonly boolean[] | GgufNumbers): StoredArray {
  const kinds = { string: 'text', boolean: 'flag' } as const;
  const kind = typeof values[0] as keyof typeof kinds;
  return { elements: kinds[kind] ?? 'number', count: values.length, load: () => values };
}
