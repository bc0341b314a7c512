import { ApiProperty } from '@nestjs/swagger';
import type { AnsweredCall } from '@frontier/inference';

class CalledFunction {
  @ApiProperty({ description: 'Name of the function.', example: 'get_weather' })
  name!: string;

  @ApiProperty({ description: 'Its arguments, as JSON.', example: '{"city":"Paris"}' })
  arguments!: string;
}

/** A call of a tool in a message. */
export class ToolCall {
  @ApiProperty({
    description: 'Id of the call, which a message of the role `tool` answers.',
    example: 'call_0123456789abcdef01234567',
  })
  id!: string;

  @ApiProperty({ description: 'Type of the tool.', enum: ['function'], example: 'function' })
  type!: 'function';

  @ApiProperty({ description: 'The function and its arguments.', type: CalledFunction })
  function!: CalledFunction;
}

export function toToolCall({ id, name, arguments: given }: AnsweredCall): ToolCall {
  return { id, type: 'function', function: { name, arguments: given } };
}
