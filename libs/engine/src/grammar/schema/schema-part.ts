import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { isObject, type JsonSchema, type SchemaObject } from './json-schema.js';

/** A schema at its place in the document, or one that stands for a part of such a schema. */
export interface SchemaPart {
  readonly id: number;
  readonly schema: JsonSchema;
  /** JSON pointer of its place. */
  readonly pointer: string;
  /** The schema with an identifier of its own that it is in: what `#` means there. */
  readonly resource: SchemaObject;
}

/** A schema part of which the keywords are known. */
export type ObjectPart = SchemaPart & { readonly schema: SchemaObject };

/** The parts of a document; the same schema is the same part. */
export class SchemaParts {
  private readonly known = new Map<object, SchemaPart>();
  private count = 0;

  /** @param isResource tells a schema with an identifier of its own */
  constructor(private readonly isResource: (schema: SchemaObject) => boolean) {}

  /** @throws `invalid_json_schema` where it is no schema */
  of(schema: unknown, pointer: string, resource: SchemaObject): SchemaPart {
    if (typeof schema === 'boolean') return { id: schema ? -1 : -2, schema, pointer, resource };
    if (!isObject(schema)) throw invalidJsonSchema(pointer, 'it must be an object, true or false');
    let part = this.known.get(schema);
    if (!part) {
      part = { id: this.count++, schema, pointer, resource: this.isResource(schema) ? schema : resource };
      this.known.set(schema, part);
    }
    return part;
  }

  /** The schema within another one, by a keyword or a path of names. */
  inside(part: SchemaPart, schema: unknown, ...path: readonly (string | number)[]): SchemaPart {
    const names = path.map((name) => `${name}`.replaceAll('~', '~0').replaceAll('/', '~1'));
    return this.of(schema, `${part.pointer}/${names.join('/')}`, part.resource);
  }

  /** The schemas of a list. */
  listOf(part: ObjectPart, keyword: string, max: number): SchemaPart[] {
    const list = part.schema[keyword];
    if (Array.isArray(list) && list.length > 0 && list.length <= max)
      return list.map((schema, i) => this.inside(part, schema, keyword, i));
    throw invalidJsonSchema(`${part.pointer}/${keyword}`, `it must be a list of 1 to ${max} schemas`);
  }
}

export function isObjectPart(part: SchemaPart): part is ObjectPart {
  return typeof part.schema !== 'boolean';
}
