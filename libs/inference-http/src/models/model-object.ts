import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ModelDescription } from '@frontier/inference';

/** Progress of a download. */
export class ModelProgress {
  @ApiProperty({ description: 'What is being done.', enum: ['downloading'], example: 'downloading' })
  phase!: 'downloading';

  @ApiProperty({ description: 'How much of it is done.', example: 166_000_000 })
  done!: number;

  @ApiProperty({ description: 'How much there is.', example: 272_000_000 })
  total!: number;

  @ApiProperty({ description: 'The unit of both.', enum: ['bytes'], example: 'bytes' })
  unit!: 'bytes';

  @ApiProperty({
    description: 'In a second; null while that is not known.',
    type: Number,
    nullable: true,
    example: 18_400_000,
  })
  per_s!: number | null;
}

/** A load that has failed. */
export class ModelFailure {
  @ApiProperty({ description: 'Code of the error.', example: 'model_unavailable' })
  code!: string;

  @ApiProperty({ description: 'Reason, with what to do.', example: 'The model /models/a does not exist.' })
  message!: string;

  @ApiProperty({
    description: 'When a request may load it again, in milliseconds since 1970; null: only an operator may.',
    type: Number,
    nullable: true,
    example: 1_795_000_000_000,
  })
  retry_at!: number | null;
}

/** A model and its place in memory. */
export class ModelObject {
  @ApiProperty({ description: 'Name.', example: 'storyteller' })
  id!: string;

  @ApiProperty({ description: 'Further names.', type: [String], example: ['gpt-4o'] })
  aliases!: readonly string[];

  @ApiProperty({
    description: 'What it does; null until that is known.',
    type: String,
    enum: ['generate', 'embed', 'rerank', 'classify', 'tensor', null],
    nullable: true,
    example: 'generate',
  })
  task!: ModelDescription['task'];

  @ApiProperty({
    description: 'Whether it is in memory.',
    enum: ['unloaded', 'loading', 'ready', 'unloading', 'failed'],
    example: 'ready',
  })
  status!: ModelDescription['status'];

  @ApiProperty({ description: 'When it is in memory.', enum: ['keep', 'on_demand'], example: 'keep' })
  policy!: ModelDescription['policy'];

  @ApiProperty({ description: 'Precision of its weights.', type: String, nullable: true, example: 'int8' })
  precision!: string | null;

  @ApiProperty({ description: 'Where its passes run.', type: String, nullable: true, example: 'cpu' })
  provider!: string | null;

  @ApiProperty({
    description: 'Tokens of its context, or of the longest input.',
    type: Number,
    nullable: true,
    example: 1024,
  })
  context!: number | null;

  @ApiProperty({ description: 'Bytes that its processes take now.', type: Number, nullable: true, example: 290_000_000 })
  memory!: number | null;

  @ApiProperty({
    description: 'Bytes that it was expected to take; known where `MODELS_MEMORY_BYTES` is set.',
    type: Number,
    nullable: true,
    example: null,
  })
  estimate!: number | null;

  @ApiProperty({ description: 'Start of the status, in milliseconds since 1970.', example: 1_795_000_000_000 })
  since!: number;

  @ApiProperty({
    description: 'When it leaves the memory if no request comes, in milliseconds since 1970.',
    type: Number,
    nullable: true,
    example: null,
  })
  idle_unload_at!: number | null;

  @ApiPropertyOptional({ description: 'While it is on its way.', type: ModelProgress })
  progress?: ModelProgress;

  @ApiPropertyOptional({ description: 'The last load, where it failed.', type: ModelFailure })
  error?: ModelFailure;

  @ApiProperty({ description: 'What is not as it was asked for.', type: [String], example: [] })
  warnings!: readonly string[];

  @ApiProperty({ description: 'Revision of the configuration.', type: String, nullable: true, example: null })
  revision!: string | null;

  @ApiProperty({ description: 'Path, or name on a hub.', example: '/srv/models/storyteller' })
  source!: string;
}

/** Fields of a {@link ModelObject} for operators only: memory, source and faults. */
export const OPERATORS_FIELDS = ['memory', 'estimate', 'source', 'warnings', 'error'] as const;

export function toModelObject(description: ModelDescription): ModelObject {
  const { idleUnloadAt, progress, error, ...model } = description;
  return {
    ...model,
    idle_unload_at: idleUnloadAt,
    ...(progress && {
      progress: {
        phase: progress.phase,
        done: progress.done,
        total: progress.total,
        unit: 'bytes',
        per_s: progress.perSecond,
      },
    }),
    ...(error && { error: { code: error.code, message: error.message, retry_at: error.retryAt } }),
  };
}
