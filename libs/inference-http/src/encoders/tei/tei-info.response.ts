import { ApiProperty } from '@nestjs/swagger';
import type { EncoderModelInfo } from '@frontier/inference';
import { labelOf } from '../classify/classify.response.js';
import { ENCODER_LIMITS } from '../request/encoder-limits.js';

/** Properties of an encoder. */
export class TeiInfo {
  @ApiProperty({ description: 'The name of the model.', example: 'minilm' })
  model_id!: string;

  @ApiProperty({
    description: 'Its kind: `embedding`, `reranker` or `classifier`; the last two with their labels.',
    type: 'object',
    additionalProperties: true,
    example: { embedding: {} },
  })
  model_type!: Record<string, object>;

  @ApiProperty({ description: 'Tokens of an input at most.', example: 256 })
  max_input_length!: number;

  @ApiProperty({ description: 'Inputs of a request at most.', example: ENCODER_LIMITS.inputs })
  max_client_batch_size!: number;

  @ApiProperty({ description: 'Longer inputs are cut, unless a request forbids it.', example: true })
  auto_truncate!: boolean;
}

export function toTeiInfo(info: EncoderModelInfo & { name: string }): TeiInfo {
  return {
    model_id: info.name,
    model_type: typeOf(info),
    max_input_length: info.maxTokens,
    max_client_batch_size: ENCODER_LIMITS.inputs,
    auto_truncate: true,
  };
}

function typeOf(info: EncoderModelInfo): Record<string, object> {
  if (info.task === 'embed') return { embedding: {} };
  const labels = Array.from({ length: info.outputSize }, (_, index) => [index, labelOf(info, index)] as const);
  const names = {
    id2label: Object.fromEntries(labels),
    label2id: Object.fromEntries(labels.map(([index, label]) => [label, index])),
  };
  return info.task === 'rerank' ? { reranker: names } : { classifier: names };
}
