import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

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
    description: 'Paths by what they are for.',
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { infer: '/v1/infer', docs: '/docs' },
  })
  endpoints!: Record<string, string>;
}

export class Health {
  @ApiProperty({ description: '`healthy` if every check is good.', enum: ['healthy', 'degraded'], example: 'healthy' })
  status!: 'healthy' | 'degraded';

  @ApiProperty({ description: 'When this was checked.', example: '2026-11-23T18:00:00.000Z' })
  timestamp!: string;

  @ApiProperty({
    description: 'The state of each part.',
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { model: 'loaded', batch_processor: 'running' },
  })
  checks!: Record<string, string>;
}

export class Readiness {
  @ApiProperty({ description: 'Whether requests can be answered.', enum: ['ready', 'not_ready'], example: 'ready' })
  status!: 'ready' | 'not_ready';

  @ApiPropertyOptional({ description: 'Why not.', example: 'model "storyteller": loading' })
  reason?: string;
}

export class DetailedReadiness extends Readiness {
  @ApiProperty({
    description: 'What works, but not as it was asked for.',
    type: [String],
    example: ['model "storyteller": It runs on the CPU. The provider cuda is not available here.'],
  })
  degraded!: string[];
}
