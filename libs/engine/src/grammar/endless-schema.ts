import { invalidJsonSchema } from './json-schema.errors.js';
import { type JsonSchema, typesOf } from './json-schema.js';
import { resolveReference } from './schema-reference.js';

/**
 * Proves that some value of a schema ends: one that requires itself for ever has none, and an answer would never be complete.
 * @param document a schema that a grammar can be made of
 * @throws `invalid_json_schema` naming the reference that comes back to itself
 */
export function assertNotEndless(document: JsonSchema): void {
  const ends = new ReferenceEnds(document);
  const endless = ends.hasEnd(document) ? undefined : ends.firstEndless();
  if (endless !== undefined) throw invalidJsonSchema('', `"${endless}" requires itself, so that no value of it ends`);
}

/** Which references lead to values that end: the least set that holds all that can be shown to. */
class ReferenceEnds {
  /** In the order in which they were found complete: what a reference needs comes before it. */
  private readonly known = new Map<string, boolean>();

  constructor(private readonly document: JsonSchema) {
    this.collect(document, new Set());
    let hasChanged = true;
    while (hasChanged) {
      hasChanged = false;
      for (const [reference, ends] of this.known) {
        if (ends || !this.hasEnd(this.target(reference))) continue;
        this.known.set(reference, true);
        hasChanged = true;
      }
    }
  }

  firstEndless(): string | undefined {
    return [...this.known].find(([, ends]) => !ends)?.[0];
  }

  hasEnd(schema: unknown): boolean {
    if (typeof schema !== 'object' || schema === null) return true;
    const given = schema as Readonly<Record<string, unknown>>;
    if (typeof given.$ref === 'string') return this.known.get(given.$ref) ?? false;
    if (Array.isArray(given.anyOf)) return given.anyOf.some((option) => this.hasEnd(option));
    return neededBy(given).every((needed) => this.hasEnd(needed));
  }

  private collect(schema: unknown, open: Set<string>): void {
    if (typeof schema !== 'object' || schema === null) return;
    const given = schema as Readonly<Record<string, unknown>>;
    const { $ref } = given;
    if (typeof $ref === 'string') {
      if (this.known.has($ref) || open.has($ref)) return;
      open.add($ref);
      this.collect(this.target($ref), open);
      this.known.set($ref, false);
      return;
    }
    const options = Array.isArray(given.anyOf) ? (given.anyOf as unknown[]) : neededBy(given);
    for (const option of options) this.collect(option, open);
  }

  private target(reference: string): unknown {
    return resolveReference(this.document, reference, '/$ref');
  }
}

/** What a value must hold: none, where it may be of a type that holds nothing. */
function neededBy(schema: Readonly<Record<string, unknown>>): unknown[] {
  if (Array.isArray(schema.allOf)) return schema.allOf;
  if ('enum' in schema || 'const' in schema) return [];
  const types = typesOf(schema, '');
  if (types.some((type) => type !== 'object' && type !== 'array')) return [];
  if (types.includes('array') && !(Number(schema.minItems ?? 0) > 0)) return [];
  if (!types.includes('object')) return [schema.items ?? true];
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const members = (required as string[]).map((name) =>
    Object.hasOwn(properties as object, name) ? (properties as Record<string, unknown>)[name] : additionalProperties,
  );
  // Of an object and a list, either will do; that both hold themselves is not worth telling apart.
  return members;
}
