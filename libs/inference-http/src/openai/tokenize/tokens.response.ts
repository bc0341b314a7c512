import { ApiProperty } from '@nestjs/swagger';

export class Tokens {
  @ApiProperty({ description: 'The ids of the tokens.', type: [Number], example: [0, 477, 474, 262, 414] })
  tokens!: number[];

  @ApiProperty({ description: 'Number of tokens.', example: 5 })
  count!: number;

  @ApiProperty({ description: 'Maximum tokens of prompt and completion together.', example: 1024 })
  max_model_len!: number;
}

export class Text {
  @ApiProperty({ description: 'The text.', example: 'Once upon a time' })
  prompt!: string;
}
