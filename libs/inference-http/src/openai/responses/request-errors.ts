import type { FieldError } from '@frontier/errors';
import { toolErrors } from '../tools/tool-errors.js';
import { inputErrors } from './input-errors.js';
import { type FlatToolChoice, nestedChoice, nestedTools } from './response-tools.js';

/** Fields that need a store of responses, which this server does not have, or something else that it has not, and what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  previous_response_id: 'no response is kept: send the items of the conversation as input',
  conversation: 'no conversation is kept: send its items as input',
  background: 'no response is kept: use /v1/infer with a callback, or stream',
  prompt: 'no prompts are kept: send their texts as instructions and input',
  max_tool_calls: 'the server calls no tools of its own',
  n: 'a response has one answer',
  stop: 'use /v1/chat/completions',
  response_format: 'use text.format',
  max_tokens: 'use max_output_tokens',
};

/** Things that may be included in a response. */
const INCLUDABLE = new Set<unknown>(['message.output_text.logprobs', 'reasoning.encrypted_content']);

/** The invalid fields of a request. */
export function requestErrors(body: object): FieldError[] {
  const fields = body as Record<string, unknown>;
  return [
    ...Object.entries(REFUSED).flatMap(([field, why]) =>
      asksForNothing(field, fields[field])
        ? []
        : [{ pointer: `/${field}`, detail: `${field} is not supported: ${why}` }],
    ),
    ...inputErrors(fields.input),
    ...toolErrors(nested(fields)),
    ...formatErrors(fields.text),
    ...includeErrors(fields.include),
  ];
}

function asksForNothing(field: string, value: unknown): boolean {
  return value === undefined || value === null || value === false || (field === 'n' && value === 1);
}

/** The tools in the form in which they are checked. */
function nested({ tools, tool_choice: choice }: Record<string, unknown>): object {
  return {
    tools: nestedTools(tools),
    tool_choice: typeof choice === 'object' ? nestedChoice(choice as FlatToolChoice) : choice,
  };
}

function formatErrors(text: unknown): FieldError[] {
  if (text === undefined || text === null) return [];
  const { format } = (typeof text === 'object' ? text : {}) as { format?: { type?: unknown; schema?: unknown } | null };
  if (typeof text === 'object' && (format === undefined || format === null)) return [];
  const { type, schema } = format ?? {};
  const isSchema = typeof schema === 'object' && schema !== null && !Array.isArray(schema);
  if (type === 'text' || type === 'json_object' || (type === 'json_schema' && isSchema)) return [];
  const detail = 'text.format must be of the type text, json_object or json_schema, the latter with a schema';
  return [{ pointer: '/text/format', detail }];
}

function includeErrors(include: unknown): FieldError[] {
  if (include === undefined || include === null) return [];
  const wrong = Array.isArray(include) ? include.find((name) => !INCLUDABLE.has(name)) : include;
  if (wrong === undefined) return [];
  return [{ pointer: '/include', detail: `include may have ${[...INCLUDABLE].join(' and ')}` }];
}
