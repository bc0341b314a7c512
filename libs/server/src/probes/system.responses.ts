import { ApiProperty } from '@nestjs/swagger';

export class ServerInfo {
  @ApiProperty({ description: 'Always true.', example: true })
  success!: boolean;

  @ApiProperty({ description: "The service's name.", example: 'Frontier-Model-Run Inference API' })
  service!: string;

  @ApiProperty({ description: 'The version of the server.', example: '0.1.0' })
  version!: string;

  @ApiProperty({ description: 'Always `operational`.', example: 'operational' })
  status!: string;

  @ApiProperty({
    description: 'Paths by purpose.',
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { infer: '/v1/infer', docs: '/docs' },
  })
  endpoints!: Record<string, string>;
}
