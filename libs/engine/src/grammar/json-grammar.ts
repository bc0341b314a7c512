import { markEndless } from './shapes/endless-shapes.js';
import { Grammar } from './machine/grammar.js';
import type { JsonSchema } from './schema/json-schema.js';
import { assertFewWays } from './shapes/parallel-ways.js';
import { SchemaReader } from './reader/schema-reader.js';

/**
 * The grammar of compact JSON (no white space) that a schema describes. Properties come in the order in which the schema
 * names them; numbers have at most 15 digits before and behind the point. Keywords that are kept: docs/openai.md. No text of it is
 * invalid for the schema; what cannot be kept is refused.
 *
 * All that a schema may cost is known and bounded here, so that no output that has begun fails of it.
 *
 * @param maxBytes of what is known of the grammar
 * @throws `invalid_json_schema` naming the place in the schema
 */
export function jsonGrammar(schema: JsonSchema, maxBytes?: number): Grammar {
  const reader = new SchemaReader(schema);
  const root = reader.read();
  markEndless(root);
  assertFewWays(root);
  return new Grammar(root.node, reader.bytes, maxBytes);
}
