import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import type { LengthRange } from '../texts/length-range.js';
import { EXCLUDED, NOT_PATTERN, optionalCount } from '../schema/json-schema.js';

import type { ObjectPart } from '../schema/schema-part.js';
import { isKnownFormat } from '../texts/formats.js';

/** A regular expression or the name of a format, and its place. */
export interface PlacedText {
  text: string;
  pointer: string;
}

/** What is said of a text. */
export interface TextFacts {
  lengths: LengthRange;
  patterns: readonly PlacedText[];
  notPatterns: readonly PlacedText[];
  formats: readonly PlacedText[];
  excluded: readonly string[];
}

/** @throws `invalid_json_schema` */
export function textFacts(parts: readonly ObjectPart[]): TextFacts {
  const patterns = new Map<string, PlacedText>();
  const notPatterns = new Map<string, PlacedText>();
  const formats = new Map<string, PlacedText>();
  const excluded = new Set<string>();
  for (const { schema, pointer } of parts) {
    add(patterns, schema.pattern, `${pointer}/pattern`);
    add(notPatterns, schema[NOT_PATTERN], pointer);
    for (const value of schema[EXCLUDED] ?? []) if (typeof value === 'string') excluded.add(value);
    const { format } = schema;
    // Those that no specification has are annotations.
    if (typeof format === 'string' && isKnownFormat(format)) add(formats, format, `${pointer}/format`);
  }
  return {
    lengths: countsOf(parts, 'minLength', 'maxLength'),
    patterns: [...patterns.values()],
    notPatterns: [...notPatterns.values()],
    formats: [...formats.values()],
    excluded: [...excluded],
  };
}

function add(found: Map<string, PlacedText>, text: unknown, pointer: string): void {
  if (text === undefined) return;
  if (typeof text !== 'string') throw invalidJsonSchema(pointer, 'it must be a regular expression');
  if (!found.has(text)) found.set(text, { text, pointer });
}

/** The range of a count; it may be empty. */
export function countsOf(parts: readonly ObjectPart[], minimum: string, maximum: string): LengthRange {
  let [min, max] = [0, Infinity];
  for (const { schema, pointer } of parts) {
    min = Math.max(min, optionalCount(schema, minimum, pointer) ?? 0);
    max = Math.min(max, optionalCount(schema, maximum, pointer) ?? Infinity);
  }
  return { min, max };
}
