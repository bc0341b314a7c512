import { assertNotEndless } from './endless-schema.js';
import { ChoiceNode, type GrammarNode, MatchNode } from './grammar-node.js';
import { invalidJsonSchema } from './json-schema.errors.js';
import {
  constraintsOf,
  hasType,
  type JsonSchema,
  type JsonType,
  optionalCount,
  optionalNumber,
  typesOf,
} from './json-schema.js';
import { LiteralMatcher } from './literal-matcher.js';
import { type NumberBounds, NumberMatcher } from './number-matcher.js';
import { resolveReference } from './schema-reference.js';
import { StringMatcher } from './string-matcher.js';

type SchemaObject = Exclude<JsonSchema, boolean>;

/** What a schema may consist of at most; more would take long to compile. */
const LIMITS = { depth: 64, schemas: 2000, choices: 1000, textLength: 100_000 } as const;

/** Shared by all grammars, so that what is known of its states is. */
export const STRING = new MatchNode(new StringMatcher());
const BOOLEAN = literal('true', 'false');
const NULL = literal('null');
const [COMMA, COLON, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = Array.from(',:[]{}', (character) =>
  literal(character),
);

function literal(...texts: string[]): MatchNode {
  return new MatchNode(new LiteralMatcher(texts));
}

/**
 * The grammar of compact JSON (no white space) that a schema describes. Properties come in the order in which the schema
 * names them, and only those that it names; numbers have at most 15 digits before and behind the point.
 *
 * Keywords: `type`, `properties`, `required`, `additionalProperties`, `items`, `minItems`, `maxItems`, `minLength`, `maxLength`,
 * `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `enum`, `const`, `anyOf`, `allOf` of one, `$ref` into the schema.
 *
 * @throws `invalid_json_schema` naming the place in the schema
 */
export function jsonGrammar(schema: JsonSchema): GrammarNode {
  const { root } = new JsonGrammarBuilder(schema);
  assertNotEndless(schema);
  return root;
}

class JsonGrammarBuilder {
  readonly root: GrammarNode;
  /** By the pointer that a `$ref` names; there while its target is being built. */
  private readonly targets = new Map<string, ChoiceNode>();
  private schemas = 0;
  private textLength = 0;

  constructor(private readonly document: JsonSchema) {
    this.root = this.node(document, '', 0);
  }

  private node(schema: unknown, pointer: string, depth: number): GrammarNode {
    if (++this.schemas > LIMITS.schemas)
      throw invalidJsonSchema('', `it has more than ${LIMITS.schemas} schemas in it`);
    if (depth > LIMITS.depth) throw invalidJsonSchema(pointer, `it is nested deeper than ${LIMITS.depth}`);
    if (schema === true)
      return this.value(['object', 'array', 'string', 'number', 'boolean', 'null'], {}, pointer, depth);
    if (schema === false) throw invalidJsonSchema(pointer, 'no value is valid here');
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
      throw invalidJsonSchema(pointer, 'it must be an object, true or false');
    }
    const given = schema as SchemaObject;
    if ('$ref' in given) return this.reference(given, pointer);
    if ('anyOf' in given) return this.anyOf(given, pointer, depth);
    if ('allOf' in given) return this.allOfOne(given, pointer, depth);
    if ('enum' in given || 'const' in given) return this.constants(given, pointer);
    return this.value(typesOf(given, pointer), given, pointer, depth);
  }

  private value(types: readonly JsonType[], schema: SchemaObject, pointer: string, depth: number): GrammarNode {
    const nodes = types.map((type) => this.ofType(type, schema, pointer, depth));
    return nodes.length === 1 ? nodes[0] : choice(nodes);
  }

  private ofType(type: JsonType, schema: SchemaObject, pointer: string, depth: number): GrammarNode {
    switch (type) {
      case 'object':
        return this.object(schema, pointer, depth);
      case 'array':
        return this.array(schema, pointer, depth);
      case 'string':
        return string(schema, pointer);
      case 'number':
      case 'integer':
        return number(type === 'integer', schema, pointer);
      case 'boolean':
        return BOOLEAN;
      case 'null':
        return NULL;
    }
  }

  private object(schema: SchemaObject, pointer: string, depth: number): GrammarNode {
    const { properties = {}, required = [], additionalProperties } = schema;
    if (!isObject(properties)) throw invalidJsonSchema(`${pointer}/properties`, 'it must be an object');
    if (!Array.isArray(required) || !required.every((name) => typeof name === 'string')) {
      throw invalidJsonSchema(`${pointer}/required`, 'it must be a list of names');
    }
    const others = [...new Set(required)].filter((name) => !Object.hasOwn(properties, name));
    if (others.length > 0 && additionalProperties === false) {
      throw invalidJsonSchema(`${pointer}/required`, `"${others[0]}" is required, but not allowed`);
    }
    const members = [
      ...Object.entries(properties).map(([name, member]) => ({
        name,
        member,
        at: `${pointer}/properties/${escaped(name)}`,
      })),
      ...others.map((name) => ({ name, member: additionalProperties ?? true, at: `${pointer}/additionalProperties` })),
    ];
    for (const { name } of members) this.countText(name, pointer);
    if (members.length === 0)
      return this.dictionary(additionalProperties ?? true, `${pointer}/additionalProperties`, depth);
    const names = new Set(required);
    return propertiesInOrder(
      members.map(({ name, member, at }) => ({
        isRequired: names.has(name),
        key: JSON.stringify(name),
        value: this.lazily(member, at, depth),
      })),
    );
  }

  /** An object of any names. */
  private dictionary(member: unknown, pointer: string, depth: number): GrammarNode {
    if (member === false) return literal('{}');
    const value = this.lazily(member, pointer, depth);
    return listOf([STRING, COLON, value], OPEN_OBJECT, CLOSE_OBJECT, 0, Infinity);
  }

  private array(schema: SchemaObject, pointer: string, depth: number): GrammarNode {
    const [min = 0, max = Infinity] = ['minItems', 'maxItems'].map((keyword) =>
      optionalCount(schema, keyword, pointer),
    );
    if (min > max) throw invalidJsonSchema(`${pointer}/minItems`, 'it is more than maxItems');
    if (schema.items === false && min === 0) return literal('[]');
    if (max === 0) return literal('[]');
    return listOf([this.lazily(schema.items ?? true, `${pointer}/items`, depth)], OPEN_ARRAY, CLOSE_ARRAY, min, max);
  }

  /** Any value holds any values: what nobody described is built when it is reached. */
  private lazily(schema: unknown, pointer: string, depth: number): GrammarNode {
    if (schema === true) return ANY;
    return this.node(schema, pointer, depth + 1);
  }

  private anyOf(schema: SchemaObject, pointer: string, depth: number): GrammarNode {
    assertAlone(schema, 'anyOf', pointer);
    const { anyOf } = schema;
    if (!Array.isArray(anyOf) || anyOf.length === 0 || anyOf.length > LIMITS.choices) {
      throw invalidJsonSchema(`${pointer}/anyOf`, `it must be a list of 1 to ${LIMITS.choices} schemas`);
    }
    return choice(anyOf.map((option, i) => this.node(option, `${pointer}/anyOf/${i}`, depth + 1)));
  }

  /** As generators write what describes a reference further. */
  private allOfOne(schema: SchemaObject, pointer: string, depth: number): GrammarNode {
    assertAlone(schema, 'allOf', pointer);
    const { allOf } = schema;
    if (!Array.isArray(allOf) || allOf.length !== 1) {
      throw invalidJsonSchema(`${pointer}/allOf`, 'only one schema in it is supported');
    }
    return this.node(allOf[0], `${pointer}/allOf/0`, depth + 1);
  }

  private constants(schema: SchemaObject, pointer: string): GrammarNode {
    const { type, enum: list = [schema.const], const: single } = schema;
    const other = constraintsOf(schema).find((keyword) => !['type', 'enum', 'const'].includes(keyword));
    if (other) throw invalidJsonSchema(`${pointer}/${other}`, `"${other}" beside enum or const is not supported`);
    if (!Array.isArray(list) || list.length > LIMITS.choices) {
      throw invalidJsonSchema(`${pointer}/enum`, `it must be a list of at most ${LIMITS.choices} values`);
    }
    const types = type === undefined ? undefined : typesOf({ type }, pointer);
    const texts = (list as unknown[])
      .filter((value) => !types || hasType(value, types))
      .map((value) => JSON.stringify(value))
      .filter((value) => !('const' in schema) || value === JSON.stringify(single));
    for (const text of texts) this.countText(text, pointer);
    if (texts.length === 0)
      throw invalidJsonSchema(`${pointer}/${'enum' in schema ? 'enum' : 'const'}`, 'no value of it is valid');
    return literal(...texts);
  }

  /** Names and constants are kept as they are. */
  private countText(text: string, pointer: string): void {
    this.textLength += text.length;
    if (this.textLength <= LIMITS.textLength) return;
    throw invalidJsonSchema(pointer, `names and constants have more than ${LIMITS.textLength} characters together`);
  }

  private reference(schema: SchemaObject, pointer: string): GrammarNode {
    assertAlone(schema, '$ref', pointer);
    const { $ref } = schema;
    const place = `${pointer}/$ref`;
    if (typeof $ref !== 'string' || !/^#(\/|$)/.test($ref)) {
      throw invalidJsonSchema(place, 'only references into the same schema, "#" and "#/...", are supported');
    }
    const known = this.targets.get($ref);
    if (known) return known;
    let target: GrammarNode | undefined;
    // Recursion comes back to this node before its target is built.
    const node = new ChoiceNode(() => [[target!]]);
    this.targets.set($ref, node);
    target = this.node(resolveReference(this.document, $ref, place), $ref.slice(1), 0);
    return node;
  }
}

/** Any JSON value. */
const ANY: GrammarNode = new ChoiceNode(() => [
  [listOf([STRING, COLON, ANY], OPEN_OBJECT, CLOSE_OBJECT, 0, Infinity)],
  [listOf([ANY], OPEN_ARRAY, CLOSE_ARRAY, 0, Infinity)],
  [STRING],
  [new MatchNode(new NumberMatcher(false))],
  [BOOLEAN],
  [NULL],
]);

function choice(nodes: readonly GrammarNode[]): GrammarNode {
  const alternatives = nodes.map((node) => [node]);
  return new ChoiceNode(() => alternatives);
}

function string(schema: SchemaObject, pointer: string): GrammarNode {
  const [min, max] = ['minLength', 'maxLength'].map((keyword) => optionalCount(schema, keyword, pointer));
  if (min !== undefined && max !== undefined && min > max) {
    throw invalidJsonSchema(`${pointer}/minLength`, 'it is more than maxLength');
  }
  return min === undefined && max === undefined ? STRING : new MatchNode(new StringMatcher(min, max));
}

function number(isInteger: boolean, schema: SchemaObject, pointer: string): GrammarNode {
  const bounds: NumberBounds = {};
  for (const keyword of ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const) {
    const bound = optionalNumber(schema, keyword, pointer);
    if (bound !== undefined) bounds[keyword] = bound;
  }
  const matcher = new NumberMatcher(isInteger, bounds);
  if (matcher.isEmpty) throw invalidJsonSchema(pointer, 'no number of at most 15 digits is in the range');
  return new MatchNode(matcher);
}

/** Items with commas between them; of lists that have enough items all are alike, unless there may be too many. */
function listOf(
  item: readonly GrammarNode[],
  open: GrammarNode,
  close: GrammarNode,
  min: number,
  max: number,
): GrammarNode {
  const after = new Map<number, ChoiceNode>();
  const rest = (count: number): ChoiceNode => {
    const alike = max === Infinity ? Math.min(count, Math.max(min, 1)) : count;
    let node = after.get(alike);
    if (!node) {
      const more = (): GrammarNode[] => [...(count > 0 ? [COMMA] : []), ...item, rest(count + 1)];
      node = new ChoiceNode(() => [...(count < max ? [more()] : []), ...(count >= min ? [[close]] : [])]);
      after.set(alike, node);
    }
    return node;
  };
  return new ChoiceNode(() => [[open, rest(0)]]);
}

interface Property {
  isRequired: boolean;
  key: string;
  value: GrammarNode;
}

/** The properties of an object in their order; those that are not required may be left out. */
function propertiesInOrder(properties: readonly Property[]): GrammarNode {
  const rest = (from: number, isFirst: boolean): ChoiceNode =>
    new ChoiceNode(() => {
      const firstRequired = properties.findIndex(({ isRequired }, i) => i >= from && isRequired);
      const end = firstRequired === -1 ? properties.length : firstRequired + 1;
      const options: GrammarNode[][] = properties
        .slice(from, end)
        .map(({ key, value }, i) => [literal(`${isFirst ? '' : ','}${key}:`), value, following[from + i]]);
      if (firstRequired === -1) options.push([CLOSE_OBJECT]);
      return options;
    });
  const following = properties.map((_, i) => rest(i + 1, false));
  const beginning = rest(0, true);
  return new ChoiceNode(() => [[OPEN_OBJECT, beginning]]);
}

function assertAlone(schema: SchemaObject, keyword: string, pointer: string): void {
  const other = constraintsOf(schema).find((name) => name !== keyword);
  if (other) throw invalidJsonSchema(`${pointer}/${other}`, `"${other}" beside "${keyword}" is not supported`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name as a part of a JSON pointer. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
