import type { FieldError } from '@frontier/errors';
import { isMissing, isObject } from './values.js';

/**
 * Fields of Anthropic's API that this server does not have. One that would change the answer is refused: to ignore it would answer another
 * request than the caller's. One that changes nothing is ignored. Names that are in neither table pass with a `Warning` header.
 */

/** Fields that change nothing in an answer. */
export const IGNORED_FIELDS: ReadonlySet<string> = new Set([
  'billing_policy',
  'cache_control',
  'diagnostics',
  'fallback_credit_token',
  'fallbacks',
  'inference_geo',
  'service_tier',
  'speed',
  'user_profile_id',
  'workspace_id',
]);

/** A field that would change the answer. */
interface RefusedField {
  /** The unsupported feature, or its substitute. */
  why: string;
  /** Whether a value, other than null, requests nothing. */
  isNothing: (value: unknown) => boolean;
  /** A value that requests something; for tests. */
  example: unknown;
}

const never = (): boolean => false;
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** Fields that would change the answer: 400, unless their value requests nothing. */
export const REFUSED_FIELDS: Readonly<Record<string, RefusedField>> = {
  compaction: { why: 'conversations are not shortened', isNothing: never, example: { type: 'auto' } },
  container: { why: 'the server runs no code', isNothing: never, example: 'container_1' },
  context_management: {
    why: 'conversations are not shortened; chat templates leave out earlier thoughts by themselves',
    isNothing: keepsAllButThoughts,
    example: { edits: [{ type: 'clear_tool_uses_20250919' }] },
  },
  mcp_servers: {
    why: 'the server calls no others; send tools',
    isNothing: isEmptyList,
    example: [{ type: 'url', url: 'https://example.com', name: 'x' }],
  },
  output_format: {
    why: 'use output_config.format',
    isNothing: never,
    example: { type: 'json_schema', schema: { type: 'object' } },
  },
  thread: { why: 'conversations are not stored; send all messages', isNothing: never, example: { id: 'thread_1' } },
};

/** The fields of a body that request an unsupported feature. */
export function refusedFields(body: object): FieldError[] {
  return Object.entries(REFUSED_FIELDS).flatMap(([field, { why, isNothing }]) => {
    const value = (body as Record<string, unknown>)[field];
    if (isMissing(value) || isNothing(value)) return [];
    return [{ pointer: `/${field}`, detail: `${field} is not supported: ${why}` }];
  });
}

/**
 * Unknown fields of a body: neither in its class nor in the tables.
 * @param valid the body as its class has it
 */
export function unknownFields(given: object, valid: object): string[] {
  return Object.keys(given).filter(
    (field) => !(field in valid) && !IGNORED_FIELDS.has(field) && !Object.hasOwn(REFUSED_FIELDS, field),
  );
}

/** Claude Code asks for the thoughts of earlier turns to be kept or left out. */
function keepsAllButThoughts(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { edits } = value;
  if (isMissing(edits)) return true;
  return (
    Array.isArray(edits) &&
    edits.every((edit) => isObject(edit) && typeof edit.type === 'string' && edit.type.startsWith('clear_thinking_'))
  );
}
