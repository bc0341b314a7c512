import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, ValidateBy } from 'class-validator';
import type { ChatMessage as InferenceMessage } from '@frontier/inference';
import { UnsupportedField } from './unsupported-field.decorator.js';

const ROLES = ['system', 'developer', 'user', 'assistant'] as const;

type Content = string | { type: 'text'; text: string }[] | null;

/** One turn of a conversation. */
export class ChatMessage {
  @ApiProperty({ description: 'Who speaks; `developer` is another name of `system`.', enum: ROLES, example: 'user' })
  @IsIn(ROLES)
  role!: (typeof ROLES)[number];

  @ApiProperty({
    description: 'What is said: a text, or parts of it.',
    oneOf: [
      { type: 'string' },
      {
        type: 'array',
        items: {
          type: 'object',
          required: ['type', 'text'],
          properties: { type: { type: 'string', enum: ['text'] }, text: { type: 'string' } },
        },
      },
    ],
    example: 'Tell me a story about a fox.',
  })
  @IsContent()
  content!: Content;

  @ApiPropertyOptional({
    description: 'Who of several speaks, for templates that tell.',
    type: String,
    nullable: true,
    example: 'Tom',
  })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  name?: string | null;

  @UnsupportedField('this server calls no tools', isEmptyList)
  tool_calls?: unknown;

  @UnsupportedField('this server calls no functions')
  function_call?: unknown;

  @UnsupportedField('this server takes text only')
  audio?: unknown;
}

/** The message in the terms of the inference service. */
export function toInferenceMessage({ role, content, name }: ChatMessage): InferenceMessage {
  const text = typeof content === 'string' ? content : (content ?? []).map((part) => part.text).join('');
  return {
    role: role === 'developer' ? 'system' : role,
    content: text,
    ...(typeof name === 'string' ? { name } : {}),
  };
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function IsContent(): PropertyDecorator {
  return ValidateBy({
    name: 'isContent',
    validator: {
      validate: (value, args) => problemOf(value, (args!.object as ChatMessage).role) === undefined,
      defaultMessage: (args) => `content ${problemOf(args!.value, (args!.object as ChatMessage).role)}`,
    },
  });
}

function problemOf(content: unknown, role: string): string | undefined {
  if (typeof content === 'string') return content.isWellFormed() ? undefined : 'must be well-formed Unicode';
  if (content === null && role === 'assistant') return undefined;
  if (!Array.isArray(content)) return 'must be a text, or a list of text parts';
  for (const [i, part] of (content as { type?: unknown; text?: unknown }[]).entries()) {
    if (part?.type !== 'text') return `[${i}] is of the type ${JSON.stringify(part?.type)}; only text is supported`;
    if (typeof part.text !== 'string' || !part.text.isWellFormed()) return `[${i}].text must be well-formed text`;
  }
  return undefined;
}
