import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { isObject, type JsonSchema, type SchemaObject } from './json-schema.js';
import type { ObjectPart } from './schema-part.js';

/** Values that are looked at for identifiers, in all searches of a document together. */
const MAX_VALUES = 100_000;
/** Keywords whose values hold no schemas. */
const NO_SCHEMAS = new Set(['enum', 'const', 'default', 'examples', 'example']);

interface Target {
  schema: unknown;
  pointer: string;
  resource: SchemaObject;
}

/** A schema as a document in which references point to places. */
export class SchemaDocument {
  /** The keyword of an identifier: `id` up to draft 4. */
  private readonly idKeyword: '$id' | 'id';
  private readonly hasSiblingsOfReferences: boolean;
  readonly isDraft3: boolean;
  private searched = 0;

  constructor(readonly root: JsonSchema) {
    const draft = isObject(root) && typeof root.$schema === 'string' ? root.$schema : '';
    this.idKeyword = /draft-0[34]/.test(draft) ? 'id' : '$id';
    this.isDraft3 = draft.includes('draft-03');
    this.hasSiblingsOfReferences = !/draft-0[3-7]/.test(draft);
  }

  /** True if references within a schema are relative to it. */
  readonly isResource = (schema: SchemaObject): boolean => {
    const id = schema[this.idKeyword];
    return typeof id === 'string' && !id.startsWith('#') && schema !== this.root;
  };

  /**
   * The schema that the `$ref` of another one points to.
   * @throws `invalid_json_schema` where it is not in the document, or may mean two places
   */
  resolve(part: ObjectPart): Target {
    const { $ref } = part.schema;
    const place = `${part.pointer}/$ref`;
    if (typeof $ref !== 'string') throw invalidJsonSchema(place, 'it must be a text');
    if (!this.hasSiblingsOfReferences && this.isResource(part.schema))
      throw invalidJsonSchema(
        place,
        `a reference beside "${this.idKeyword}" may mean two places, and is not supported`,
      );
    const [uri, fragment = ''] = splitOnce($ref, '#');
    const resource = this.resourceOf(uri, part.resource);
    if (!resource) {
      throw invalidJsonSchema(place, 'only references into the same schema, "#" and "#/...", are supported');
    }
    const name = decoded(fragment, place);
    if (name === '' || name.startsWith('/')) return this.at(resource, name, $ref, place);
    const isNamed = (schema: SchemaObject): boolean => schema.$anchor === name || schema[this.idKeyword] === `#${name}`;
    const found = this.search(resource, isNamed, (schema) => !this.isResource(schema) || schema === resource);
    if (found) return found;
    throw invalidJsonSchema(place, `there is nothing at "${$ref}"`);
  }

  /** The schema whose identifier is a URI. */
  private resourceOf(uri: string, from: SchemaObject): SchemaObject | undefined {
    if (uri === '') return from;
    const root = this.root as SchemaObject;
    const id = root[this.idKeyword];
    // Relative ones are compared only where nothing else could be their base.
    if (typeof id === 'string' && id.replace(/#$/, '') === uri && from === root) return root;
    return undefined;
  }

  private at(resource: SchemaObject, path: string, reference: string, place: string): Target {
    let target: Target = { schema: resource, pointer: this.pointerOf(resource), resource };
    for (const part of path.split('/').slice(1)) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const { schema } = target;
      if (typeof schema !== 'object' || schema === null || !Object.hasOwn(schema, key)) {
        throw invalidJsonSchema(place, `there is nothing at "${reference}"`);
      }
      const inner = (schema as Record<string, unknown>)[key];
      target = {
        schema: inner,
        pointer: `${target.pointer}/${part}`,
        resource: isObject(inner) && this.isResource(inner) ? inner : target.resource,
      };
    }
    return target;
  }

  private pointerOf(resource: SchemaObject): string {
    if (resource === this.root) return '';
    return (
      this.search(
        this.root,
        (schema) => schema === resource,
        () => true,
      )?.pointer ?? ''
    );
  }

  /** The first schema that is as wanted, within one and those that are searched. */
  private search(
    from: unknown,
    isWanted: (schema: SchemaObject) => boolean,
    isSearched: (schema: SchemaObject) => boolean,
  ): Target | undefined {
    const open = [{ value: from, pointer: '' }];
    for (const { value, pointer } of open) {
      if (++this.searched > MAX_VALUES)
        throw invalidJsonSchema('', `more than ${MAX_VALUES} values to search for identifiers`);
      if (isObject(value)) {
        if (!isSearched(value)) continue;
        if (isWanted(value)) return { schema: value, pointer, resource: from as SchemaObject };
      }
      if (typeof value !== 'object' || value === null) continue;
      for (const [key, inner] of Object.entries(value)) {
        if (NO_SCHEMAS.has(key) || typeof inner !== 'object') continue;
        open.push({ value: inner, pointer: `${pointer}/${key}` });
      }
    }
    return undefined;
  }
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(fragment: string, place: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    throw invalidJsonSchema(place, 'it is no URI');
  }
}
