import { randomUUID } from 'node:crypto';
import { ApiProperty } from '@nestjs/swagger';
import type { EncoderModelInfo, EncoderResult } from '@frontier/inference';
import { EncoderUsage, toEncoderUsage } from '../response/encoder-usage.js';
import { inputScores, ranked } from '../response/scores.js';

class Classification {
  @ApiProperty({ description: 'The input, from 0 on.', example: 0 })
  index!: number;

  @ApiProperty({ description: 'The label with the highest score.', example: 'POSITIVE' })
  label!: string;

  @ApiProperty({ description: 'The scores of all labels, in their order.', type: [Number], example: [0.02, 0.98] })
  probs!: number[];

  @ApiProperty({ description: 'Number of labels.', example: 2 })
  num_classes!: number;
}

export class ClassificationList {
  @ApiProperty({ description: 'Name of the response.', example: 'classify-6f9619ff-8b86-4d11-b42d-00c04fc964ff' })
  id!: string;

  @ApiProperty({ description: 'Type of the object.', enum: ['list'], example: 'list' })
  object!: 'list';

  @ApiProperty({ description: 'Time of the response, in seconds since 1970.', example: 1_795_000_000 })
  created!: number;

  @ApiProperty({ description: 'The name of the model.', example: 'sentiment' })
  model!: string;

  @ApiProperty({ description: 'The labels of the inputs, in their order.', type: [Classification] })
  data!: Classification[];

  @ApiProperty({ description: 'Tokens of all inputs.', type: EncoderUsage })
  usage!: EncoderUsage;
}

export function toClassificationList(result: EncoderResult, areLogits: boolean): ClassificationList {
  return {
    id: `classify-${randomUUID()}`,
    object: 'list',
    created: Math.floor(Date.now() / 1000),
    model: result.model,
    data: inputScores(result, areLogits).map((probs, index) => ({
      index,
      label: labelOf(result.info, ranked(probs)[0]),
      probs,
      num_classes: probs.length,
    })),
    usage: toEncoderUsage(result),
  };
}

/** The name of a label; as in Hugging Face's configurations where the model has none. */
export function labelOf({ labels }: Pick<EncoderModelInfo, 'labels'>, index: number): string {
  return labels?.[index] ?? `LABEL_${index}`;
}
