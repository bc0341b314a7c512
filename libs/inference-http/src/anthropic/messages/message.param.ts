import { ApiProperty } from '@nestjs/swagger';
import type { FieldError } from '@frontier/errors';
import { MAX_LISTED_ERRORS } from '@frontier/http';
import { MAX_MESSAGES } from '../../sampling/conversation-limits.js';
import { isObject } from '../request/values.js';
import { contentProblem, textProblem } from './block-problem.js';
import type { ContentBlock } from './content-block.js';

const ROLES = ['user', 'assistant', 'system'] as const;

const TEXT = { type: 'string' };
const block = (type: string, required: string[], properties: Record<string, object>) => ({
  type: 'object',
  required: ['type', ...required],
  properties: { type: { type: 'string', enum: [type] }, ...properties },
});
const TEXT_BLOCK = block('text', ['text'], { text: TEXT });

/** A text, or blocks of it, in the OpenAPI document. */
export const TEXT_SCHEMAS = [TEXT, { type: 'array', items: TEXT_BLOCK }];

/** One turn of a conversation; {@link messagesErrors} checks it. */
export class MessageParam {
  @ApiProperty({ description: 'Role of the author.', enum: ROLES, example: 'user' })
  role!: (typeof ROLES)[number];

  @ApiProperty({
    description:
      'A text, or blocks: texts; calls and thoughts of the assistant; results of calls in messages of the user. Images and documents are refused.',
    oneOf: [
      TEXT,
      {
        type: 'array',
        items: {
          anyOf: [
            TEXT_BLOCK,
            block('tool_use', ['id', 'name', 'input'], {
              id: TEXT,
              name: TEXT,
              input: { type: 'object', additionalProperties: true },
            }),
            block('tool_result', ['tool_use_id'], {
              tool_use_id: TEXT,
              content: { oneOf: TEXT_SCHEMAS },
              is_error: { type: 'boolean', nullable: true },
            }),
            block('thinking', ['thinking'], { thinking: TEXT, signature: TEXT }),
            block('redacted_thinking', [], { data: TEXT }),
          ],
        },
      },
    ],
    example: 'Tell me a story about a fox.',
  })
  content!: string | ContentBlock[];
}

/**
 * The invalid fields of a conversation, as many as a response lists. By hand: class-validator takes 0.1 ms for a message, and there may
 * be thousands.
 */
export function messagesErrors({ messages, system }: { messages?: unknown; system?: unknown }): FieldError[] {
  const inSystem = system === undefined || system === null ? undefined : textProblem(system);
  const errors: FieldError[] = inSystem === undefined ? [] : [{ pointer: '/system', detail: `system ${inSystem}` }];
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MAX_MESSAGES) {
    const detail = `messages must be a list of 1 to ${MAX_MESSAGES} messages`;
    return [...errors, { pointer: '/messages', detail }];
  }
  for (const [i, message] of (messages as unknown[]).entries()) {
    const error = messageError(message, `/messages/${i}`);
    if (error) errors.push(error);
    if (errors.length >= MAX_LISTED_ERRORS) break;
  }
  return errors;
}

function messageError(message: unknown, pointer: string): FieldError | undefined {
  if (!isObject(message)) return { pointer, detail: 'a message must be an object' };
  const { role, content } = message;
  if (!ROLES.includes(role as MessageParam['role'])) {
    return { pointer: `${pointer}/role`, detail: `role must be one of ${ROLES.join(', ')}` };
  }
  const problem = role === 'system' ? textProblem(content) : contentProblem(content, role as string);
  return problem === undefined ? undefined : { pointer: `${pointer}/content`, detail: `content ${problem}` };
}
