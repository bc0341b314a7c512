import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class Health {
  @ApiProperty({ description: '`healthy` if every check is good.', enum: ['healthy', 'degraded'], example: 'healthy' })
  status!: 'healthy' | 'degraded';

  @ApiProperty({ description: 'Time of the checks.', example: '2026-11-23T18:00:00.000Z' })
  timestamp!: string;

  @ApiProperty({
    description: 'The state of each part.',
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { model: 'loaded', batch_processor: 'running', redis: 'up', drain: 'up' },
  })
  checks!: Record<string, string>;
}

export class Readiness {
  @ApiProperty({ description: '`ready` if requests are served.', enum: ['ready', 'not_ready'], example: 'ready' })
  status!: 'ready' | 'not_ready';

  @ApiPropertyOptional({ description: 'Reason for `not_ready`.', example: 'model "storyteller": loading' })
  reason?: string;
}

export class DetailedReadiness extends Readiness {
  @ApiProperty({
    description: 'Parts that work, but not as configured.',
    type: [String],
    example: ['model "storyteller": It runs on the CPU. The provider cuda is not available here.'],
  })
  degraded!: string[];

  @ApiProperty({
    description: 'Result of each check.',
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: true },
    example: { models: { status: 'up' }, redis: { status: 'up' }, drain: { status: 'up' } },
  })
  checks!: Record<string, object>;
}

export class Liveness {
  @ApiProperty({ description: 'State of this process.', enum: ['alive', 'stuck'], example: 'alive' })
  status!: 'alive' | 'stuck';
}

export class Startup {
  @ApiProperty({
    description: '`started` once all models were ready; `failed` while one of them cannot be loaded.',
    enum: ['loading', 'failed', 'started'],
    example: 'started',
  })
  phase!: 'loading' | 'failed' | 'started';

  @ApiProperty({ description: 'Milliseconds since this process began.', example: 1250 })
  elapsed_ms!: number;

  @ApiProperty({
    description: "State of each model's engine.",
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { storyteller: 'ready' },
  })
  models!: Record<string, string>;
}
