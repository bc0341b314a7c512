import { createRequire } from 'node:module';
import { ApiProperty } from '@nestjs/swagger';
import type { EncoderLimits, EncoderModelInfo } from '@frontier/inference';
import { labelOf } from '../classify/classify.response.js';
import { ENCODER_LIMITS } from '../request/encoder-limits.js';

const VERSION = (createRequire(import.meta.url)('../../../package.json') as { version: string }).version;

/** Properties of an encoder. */
export class TeiInfo {
  @ApiProperty({ description: 'The name of the model.', example: 'minilm' })
  model_id!: string;

  @ApiProperty({
    description: 'Names everything that a result depends on beside its request.',
    example: 'sha256-of-all',
  })
  model_sha!: string;

  @ApiProperty({ description: 'The precision of its linear layers.', enum: ['float32', 'int8'], example: 'float32' })
  model_dtype!: 'float32' | 'int8';

  @ApiProperty({ description: 'The name of the model.', example: 'minilm' })
  served_model_name!: string;

  @ApiProperty({
    description: 'Its kind: `embedding` with its pooling, `reranker` or `classifier` with their labels.',
    type: 'object',
    additionalProperties: true,
    example: { embedding: { pooling: 'mean' } },
  })
  model_type!: Record<string, object>;

  @ApiProperty({ description: "Requests that wait at most; of many inputs, passes' worth of them.", example: 512 })
  max_concurrent_requests!: number;

  @ApiProperty({ description: 'Tokens of an input at most.', example: 256 })
  max_input_length!: number;

  @ApiProperty({ description: 'Tokens of a pass at most; it has fewer where they would take long.', example: 8192 })
  max_batch_tokens!: number;

  @ApiProperty({ description: 'Inputs of a pass at most.', example: 32 })
  max_batch_requests!: number;

  @ApiProperty({ description: 'Inputs of a request at most.', example: ENCODER_LIMITS.inputs })
  max_client_batch_size!: number;

  @ApiProperty({ description: 'Longer inputs are cut, unless a request forbids it.', example: true })
  auto_truncate!: boolean;

  @ApiProperty({ description: 'Processes that make tokens of short texts.', example: 1 })
  tokenization_workers!: number;

  @ApiProperty({ description: 'The version of this server.', example: VERSION })
  version!: string;

  @ApiProperty({ description: 'Always null.', nullable: true, type: String, example: null })
  sha!: null;

  @ApiProperty({ description: 'Always null.', nullable: true, type: String, example: null })
  docker_label!: null;
}

export function toTeiInfo(info: EncoderModelInfo & EncoderLimits): TeiInfo {
  return {
    model_id: info.name,
    model_sha: info.fingerprint,
    model_dtype: info.precision === 'fp32' ? 'float32' : 'int8',
    served_model_name: info.name,
    model_type: typeOf(info),
    max_concurrent_requests: info.maxWaiting,
    max_input_length: info.maxTokens,
    max_batch_tokens: info.maxBatchSize * info.maxTokens,
    max_batch_requests: info.maxBatchSize,
    max_client_batch_size: ENCODER_LIMITS.inputs,
    auto_truncate: true,
    tokenization_workers: 1,
    version: VERSION,
    sha: null,
    docker_label: null,
  };
}

/** Names of poolings that TEI has; others keep their own. */
const POOLINGS: Readonly<Record<string, string>> = { lasttoken: 'last_token' };

function typeOf(info: EncoderModelInfo): Record<string, object> {
  if (info.task === 'embed') {
    return { embedding: { pooling: info.pooling?.map((mode) => POOLINGS[mode] ?? mode).join('+') } };
  }
  const labels = Array.from({ length: info.outputSize }, (_, index) => [index, labelOf(info, index)] as const);
  const names = {
    id2label: Object.fromEntries(labels),
    label2id: Object.fromEntries(labels.map(([index, label]) => [label, index])),
  };
  return info.task === 'rerank' ? { reranker: names } : { classifier: names };
}
