import type { SchemaTexts } from '../keywords/schema-texts.js';
import type { SchemaDocument } from '../schema/schema-document.js';
import type { ObjectPart, SchemaPart, SchemaParts } from '../schema/schema-part.js';
import type { SchemaSize } from '../schema/schema-size.js';
import type { Refusal } from '../shapes/shape.js';

/** Alternatives, of which a value must be valid for one: for all schemas of it. */
export interface Branch {
  /** Its own among those of a document. */
  readonly key: string;
  readonly pointer: string;
  /** True if its options are as the schema has them. */
  readonly isPlain: boolean;
  /** Made when they are first asked for. */
  readonly options: readonly (readonly SchemaPart[])[];
}

/** Schemas that a value must all be valid for, with what they refer to. */
export interface Expansion {
  /** Those whose own keywords say what is valid. */
  readonly locals: readonly ObjectPart[];
  /** Alternatives that are still open. */
  readonly branches: readonly Branch[];
  /** The first `$ref` among them. */
  readonly reference?: string;
  /** The most references that lead to one of them. */
  readonly references: number;
  /** Why no value is valid. */
  readonly refusal?: Refusal;
}

export const NOTHING: Expansion = { locals: [], branches: [], references: 0 };

/** Gathers the schemas that a value must all be valid for. */
export interface Expander {
  readonly document: SchemaDocument;
  readonly parts: SchemaParts;
  readonly size: SchemaSize;
  readonly texts: SchemaTexts;

  /**
   * @param base what has been expanded before
   * @param references references that lead to the parts
   * @throws `invalid_json_schema` naming the place of what is not supported, or of a reference too many
   */
  expand(base: Expansion, added: readonly SchemaPart[], references?: number): Expansion;
}

/** A text that is the same for the same schemas. */
export function keyOf({ locals, branches, refusal }: Expansion): string {
  const ids = locals.map(({ id }) => id).sort((a, b) => a - b);
  const keys = branches.map(({ key }) => key).sort();
  return `${refusal ? '!' : ''}${ids.join()};${keys.join()}`;
}
