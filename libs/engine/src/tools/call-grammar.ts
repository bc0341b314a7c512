import { isAppError } from '@frontier/errors';
import { invalidJsonSchema, invalidToolSchema } from '../errors/json-schema.errors.js';
import type { ToolFormat } from './tool-format.js';
import type { ToolDefinition } from './tool-definition.js';
import { Grammar } from '../grammar/machine/grammar.js';
import { type GrammarNode, LiteralNode } from '../grammar/nodes/grammar-node.js';
import { LiteralTexts } from '../grammar/nodes/literal-texts.js';
import type { JsonSchema } from '../grammar/schema/json-schema.js';
import { SchemaTexts } from '../grammar/keywords/schema-texts.js';
import { SchemaReader } from '../grammar/reader/schema-reader.js';
import { SchemaSize } from '../grammar/schema/schema-size.js';
import { markEndless } from '../grammar/shapes/endless-shapes.js';
import { assertFewWays } from '../grammar/shapes/parallel-ways.js';
import { PlainOptions } from '../grammar/shapes/plain-options.js';
import type { Shape } from '../grammar/shapes/shape.js';

/** Arguments of a tool whose schema cannot be held: any object. */
const ANY_OBJECT: JsonSchema = { type: 'object' };
const NO_ARGUMENTS: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };

/**
 * The grammar of what follows a format's trigger: one call or several, each of a tool's name with arguments that its schema describes, as compact
 * JSON.
 * @throws `invalid_json_schema` where a strict tool's schema cannot be held
 */
export function callGrammar(
  { open, between, close, next }: ToolFormat,
  tools: readonly Pick<ToolDefinition, 'name' | 'parameters' | 'isStrict'>[],
  isParallel: boolean,
): Grammar {
  // A request with many tools may cost no more than one with a schema.
  const size = new SchemaSize();
  const texts = new SchemaTexts();
  const shapes = tools.map((tool) => argumentsOf(tool, (schema) => new SchemaReader(schema, size, texts)));
  const ends = new LiteralTexts(isParallel && next !== undefined ? [close, next] : [close]);
  const names = tools.map(({ name }) => `${JSON.stringify(name)}${between}`);
  const behindName = (tool: number): GrammarNode[] => [shapes[tool].node, end];
  const call = new LiteralNode(new LiteralTexts(names), behindName);
  const end: GrammarNode = new LiteralNode(ends, (text) => (text === 1 ? [call] : []));
  // Some models put a space behind the trigger.
  const opens = open.startsWith('[') ? [open, ` ${open}`] : [open];
  const firsts = new LiteralTexts(opens.flatMap((opening) => names.map((name) => opening + name)));
  const first = new LiteralNode(firsts, (text) => behindName(text % names.length));
  return new Grammar(first, size.bytes + texts.bytes + names.join('').length * 4);
}

function argumentsOf(
  { name, parameters, isStrict }: Pick<ToolDefinition, 'name' | 'parameters' | 'isStrict'>,
  reader: (schema: JsonSchema) => SchemaReader,
): Shape {
  try {
    return shapeOf(reader(parameters === undefined ? NO_ARGUMENTS : asObject(parameters)));
  } catch (error) {
    if (!isAppError(error) || error.code !== 'invalid_json_schema') throw error;
    if (isStrict) throw invalidToolSchema(name, error);
    return shapeOf(new SchemaReader(ANY_OBJECT));
  }
}

/** Arguments are an object, whether their schema says so or not. */
function asObject(schema: JsonSchema): JsonSchema {
  if (typeof schema === 'boolean') return ANY_OBJECT;
  const hasKind = ['type', '$ref', 'anyOf', 'allOf', 'oneOf', 'enum', 'const'].some((name) => name in schema);
  return hasKind ? schema : { ...schema, type: 'object' };
}

/** @throws `invalid_json_schema` */
function shapeOf(reader: SchemaReader): Shape {
  const shape = reader.read();
  markEndless(shape);
  assertFewWays(shape);
  const plain = new PlainOptions(() => {}).of(shape);
  if (!plain.every(({ kind }) => kind === 'object'))
    throw invalidJsonSchema('', 'the arguments of a tool are an object, and it describes other values');
  return shape;
}
