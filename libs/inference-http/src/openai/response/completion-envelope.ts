import { randomUUID } from 'node:crypto';
import { ApiProperty } from '@nestjs/swagger';
import type { ModelInfo } from '@frontier/inference';

/** Fields that all chunks of a completion repeat. */
export class CompletionEnvelope {
  @ApiProperty({ description: 'Id of the completion.', example: 'chatcmpl-0d3f6c1e8f5b4f0e9a4b2f6a4d0c8f11' })
  id!: string;

  @ApiProperty({ description: 'Time of its start, in seconds since 1970.', example: 1_795_000_000 })
  created!: number;

  @ApiProperty({
    description: 'Name of the model that generated the completion; an alias is resolved.',
    example: 'storyteller',
  })
  model!: string;

  @ApiProperty({
    description: 'Changes when the same seeded request could get another completion.',
    example: 'fp_3fa85f6457',
  })
  system_fingerprint!: string;
}

/** Begins a completion; its fingerprint changes with the model's files and how they are computed with. */
export function completionEnvelope(
  kind: 'chatcmpl' | 'cmpl',
  model: string,
  { fingerprint }: ModelInfo,
): CompletionEnvelope {
  return {
    id: `${kind}-${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: `fp_${fingerprint.slice(0, 10)}`,
  };
}
