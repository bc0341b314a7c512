import { ApiProperty, OmitType } from '@nestjs/swagger';
import { ModelObject, OPERATORS_FIELDS } from '../../models/model-object.js';

/** A name that requests may use for a model. */
export class OpenAiModel extends OmitType(ModelObject, ['id', 'context', ...OPERATORS_FIELDS] as const) {
  @ApiProperty({ description: 'The name, or an alias.', example: 'gpt-4o' })
  id!: string;

  @ApiProperty({ description: 'Type of the object.', enum: ['model'], example: 'model' })
  object!: 'model';

  @ApiProperty({ description: 'Start of this server, in seconds since 1970.', example: 1_795_000_000 })
  created!: number;

  @ApiProperty({ description: 'Owner of the model.', example: 'frontier-inference' })
  owned_by!: string;

  @ApiProperty({ description: "The model's own name.", example: 'storyteller' })
  root!: string;

  @ApiProperty({
    description: 'Of an alias: the name of the model.',
    type: String,
    nullable: true,
    example: 'storyteller',
  })
  parent!: string | null;

  @ApiProperty({
    description: 'Maximum tokens of prompt and completion together; null until that is known, and for a model that takes tensors.',
    type: Number,
    nullable: true,
    example: 1024,
  })
  max_model_len!: number | null;
}

export class OpenAiModelList {
  @ApiProperty({ description: 'Type of the object.', enum: ['list'], example: 'list' })
  object!: 'list';

  @ApiProperty({ description: 'Names and aliases that you may use.', type: [OpenAiModel] })
  data!: OpenAiModel[];
}
