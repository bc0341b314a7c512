import { ApiProperty } from '@nestjs/swagger';

/** The response of `POST /v1/messages/count_tokens`. */
export class TokenCount {
  @ApiProperty({
    description: 'Tokens of the prompt that `POST /v1/messages` would make, cached ones included.',
    example: 12,
  })
  input_tokens!: number;
}
