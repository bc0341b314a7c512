import { ANY, ANY_STRING } from '../shapes/any-shape.js';
import { mergedOptions } from '../shapes/choice-options.js';
import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { constraintsOf, type JsonSchema, type JsonType, typesOf } from './json-schema.js';
import { isEmptySet, numberSet } from '../nodes/number-set.js';
import {
  assertAlone,
  boundsOf,
  constantsOf,
  countsOf,
  isObject,
  namesOf,
  optionsOf,
  type SchemaObject,
  targetOf,
} from './schema-parts.js';
import { resolveReference } from './schema-reference.js';
import { SchemaSize } from './schema-size.js';
import {
  ChoiceShape,
  ConstantsShape,
  DictionaryShape,
  ListShape,
  NumberShape,
  ObjectShape,
  type Property,
  type Shape,
  StringShape,
} from '../shapes/shape.js';

/** The greatest depth of a schema, and of references that lead to a place one within the other. */
const LIMITS = { depth: 64, references: 64 } as const;

/** A reference whose target is not yet read. */
interface OpenReference {
  choice: ChoiceShape;
  reference: string;
  /** JSON pointer of the place that has it. */
  place: string;
  /** References that lead to it. */
  references: number;
}

/** The place of a schema in its document. */
interface Place {
  pointer: string;
  /** Schemas around it, from the root or the target of a reference on. */
  depth: number;
  references: number;
}

/**
 * Reads a schema as shapes. Targets of references are read one after the other, those that fewest references lead to first:
 * so they need no stack, and what is nested too deep by references is what is so on each way.
 */
export class SchemaReader {
  /** By the `$ref`. */
  private readonly targets = new Map<string, ChoiceShape>();
  private readonly open: OpenReference[] = [];
  private readonly shapes = new Map<string, Shape>();
  private readonly size = new SchemaSize();

  constructor(private readonly document: JsonSchema) {}

  /** Bytes of the shapes and the nodes that are made of them, about. */
  get bytes(): number {
    return this.size.bytes;
  }

  /** @throws `invalid_json_schema` naming the place in the schema */
  read(): Shape {
    const root = this.shape(this.document, { pointer: '', depth: 0, references: 0 });
    // An array goes on to what is added to it meanwhile.
    for (const { choice, reference, place, references } of this.open) {
      if (references > LIMITS.references) {
        throw invalidJsonSchema(place, `more than ${LIMITS.references} references lead here, one within the other`);
      }
      const target = resolveReference(this.document, reference, place);
      choice.options = [this.shape(target, { pointer: reference.slice(1), depth: 0, references })];
    }
    return root;
  }

  private shape(schema: unknown, place: Place): Shape {
    const { pointer } = place;
    this.size.addSchema();
    if (place.depth > LIMITS.depth) throw invalidJsonSchema(pointer, `it is nested deeper than ${LIMITS.depth}`);
    if (schema === true) return ANY;
    if (schema === false) throw invalidJsonSchema(pointer, 'no value is valid here');
    if (!isObject(schema)) throw invalidJsonSchema(pointer, 'it must be an object, true or false');
    if ('$ref' in schema) return this.reference(schema, place);
    if ('anyOf' in schema) return this.anyOf(schema, place);
    if ('allOf' in schema) return this.allOfOne(schema, place);
    if ('enum' in schema || 'const' in schema) return this.constants(schema, pointer);
    const types = typesOf(schema, pointer);
    if (constraintsOf(schema).length === 0) return ANY;
    return this.choice(
      [...new Set(types)].map((type) => this.ofType(type, schema, place)),
      pointer,
    );
  }

  /** A schema is made of the keywords that it names. */
  private optional(schema: unknown, place: Place): Shape {
    return schema === undefined ? ANY : this.shape(schema, place);
  }

  private ofType(type: JsonType, schema: SchemaObject, place: Place): Shape {
    const { pointer } = place;
    switch (type) {
      case 'object':
        return this.object(schema, place);
      case 'array':
        return this.list(schema, place);
      case 'string':
        return this.string(schema, pointer);
      case 'number':
      case 'integer':
        return this.number(type === 'integer', schema, pointer);
      case 'boolean':
        return this.known(['constants', ['true', 'false']], () => new ConstantsShape(pointer, ['true', 'false']));
      case 'null':
        return this.known(['constants', ['null']], () => new ConstantsShape(pointer, ['null']));
    }
  }

  private object(schema: SchemaObject, place: Place): Shape {
    const { pointer } = place;
    const { additionalProperties } = schema;
    const { properties, required, others } = namesOf(schema, pointer);
    const members: Property[] = [];
    for (const [name, member] of Object.entries(properties)) {
      this.size.addText(name, pointer);
      const shape = this.shape(member, inside(place, `properties/${escaped(name)}`));
      members.push({ key: JSON.stringify(name), isRequired: required.has(name), shape });
    }
    for (const name of others) {
      this.size.addText(name, pointer);
      const shape = this.shape(additionalProperties ?? true, inside(place, 'additionalProperties'));
      members.push({ key: JSON.stringify(name), isRequired: true, shape });
    }
    if (members.length === 0 && additionalProperties !== false) {
      const value = this.optional(additionalProperties, inside(place, 'additionalProperties'));
      return this.known(['dictionary', value.id], () => new DictionaryShape(pointer, value));
    }
    const identity = members.map(({ key, isRequired, shape }) => [key, isRequired, shape.id]);
    return this.known(['object', identity], () => new ObjectShape(pointer, members));
  }

  private list(schema: SchemaObject, place: Place): Shape {
    const { pointer } = place;
    const { min, max } = countsOf(schema, ['minItems', 'maxItems'], pointer);
    if (max === 0 || (schema.items === false && min === 0)) {
      return this.known(['constants', ['[]']], () => new ConstantsShape(pointer, ['[]']));
    }
    const items = this.optional(schema.items, inside(place, 'items'));
    return this.known(['list', items.id, min, String(max)], () => new ListShape(pointer, items, min, max));
  }

  private string(schema: SchemaObject, pointer: string): Shape {
    const { min, max } = countsOf(schema, ['minLength', 'maxLength'], pointer);
    if (min === 0 && max === Infinity) return ANY_STRING;
    return this.known(['string', min, String(max)], () => new StringShape(pointer, [{ min, max }]));
  }

  private number(isInteger: boolean, schema: SchemaObject, pointer: string): Shape {
    const bounds = boundsOf(schema, pointer);
    return this.known(['number', isInteger, bounds], () => {
      const set = numberSet(isInteger, bounds);
      if (isEmptySet(set)) throw invalidJsonSchema(pointer, 'no number of at most 15 digits is in the range');
      return new NumberShape(pointer, set);
    });
  }

  private anyOf(schema: SchemaObject, place: Place): Shape {
    const { pointer } = place;
    return this.choice(
      optionsOf(schema, pointer).map((option, i) => this.shape(option, inside(place, `anyOf/${i}`))),
      pointer,
    );
  }

  /** As generators write what describes a reference further. */
  private allOfOne(schema: SchemaObject, place: Place): Shape {
    const { pointer } = place;
    assertAlone(schema, 'allOf', pointer);
    const { allOf } = schema;
    if (!Array.isArray(allOf) || allOf.length !== 1) {
      throw invalidJsonSchema(`${pointer}/allOf`, 'only one schema in it is supported');
    }
    return this.shape(allOf[0], inside(place, 'allOf/0'));
  }

  private constants(schema: SchemaObject, pointer: string): Shape {
    const texts = constantsOf(schema, pointer);
    for (const text of texts) this.size.addText(text, pointer);
    return this.known(['constants', texts], () => new ConstantsShape(pointer, texts));
  }

  private reference(schema: SchemaObject, { pointer, references }: Place): Shape {
    const $ref = targetOf(schema, pointer);
    const known = this.targets.get($ref);
    if (known) return known;
    const choice = new ChoiceShape(pointer, $ref);
    this.targets.set($ref, choice);
    this.open.push({ choice, reference: $ref, place: `${pointer}/$ref`, references: references + 1 });
    return choice;
  }

  private choice(shapes: readonly Shape[], pointer: string): Shape {
    const options = mergedOptions(shapes, pointer, (identity, make) => this.known(identity, make));
    if (options.length === 1) return options[0];
    return this.known(['choice', options.map(({ id }) => id)], () => {
      const choice = new ChoiceShape(pointer);
      choice.options = options;
      return choice;
    });
  }

  /** The shape of an identity; the first one that is made is used for all. */
  private known(identity: readonly unknown[], make: () => Shape): Shape {
    const key = JSON.stringify(identity);
    let shape = this.shapes.get(key);
    if (!shape) this.shapes.set(key, (shape = make()));
    return shape;
  }
}

function inside({ pointer, depth, references }: Place, part: string): Place {
  return { pointer: `${pointer}/${part}`, depth: depth + 1, references };
}

/** A name as a part of a JSON pointer. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
