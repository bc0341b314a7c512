import { ApiProperty } from '@nestjs/swagger';

/** A text of an answer. */
export class AnswerText {
  @ApiProperty({ description: 'Type of the block.', enum: ['text'], example: 'text' })
  type!: 'text';

  @ApiProperty({ description: 'The text.', example: 'One day, the fox decided to go for a walk.' })
  text!: string;
}

/** The thoughts of a model before its answer. */
export class AnswerThinking {
  @ApiProperty({ description: 'Type of the block.', enum: ['thinking'], example: 'thinking' })
  type!: 'thinking';

  @ApiProperty({
    description: 'The thoughts; empty with `thinking.display: omitted`.',
    example: 'The user wants a story.',
  })
  thinking!: string;

  @ApiProperty({ description: 'Always empty; accepted in later requests.', example: '' })
  signature!: string;
}

/** A call of a tool. */
export class AnswerToolUse {
  @ApiProperty({ description: 'Type of the block.', enum: ['tool_use'], example: 'tool_use' })
  type!: 'tool_use';

  @ApiProperty({
    description: 'Id of the call, which a block `tool_result` answers.',
    example: 'toolu_0123456789abcdef01234567',
  })
  id!: string;

  @ApiProperty({ description: 'Name of the tool.', example: 'get_weather' })
  name!: string;

  @ApiProperty({
    description: 'Its input; empty where the block begins in a stream.',
    type: 'object',
    additionalProperties: true,
    example: { city: 'Paris' },
  })
  input!: Record<string, unknown>;
}

export type AnswerBlock = AnswerText | AnswerThinking | AnswerToolUse;
