import { randomUUID } from 'node:crypto';
import { ApiProperty } from '@nestjs/swagger';
import type { EncoderResult } from '@frontier/inference';
import { EncoderUsage, toEncoderUsage } from '../response/encoder-usage.js';
import { pairScores } from '../response/scores.js';

class Score {
  @ApiProperty({ description: 'The pair, from 0 on.', example: 0 })
  index!: number;

  @ApiProperty({ description: 'Type of the object.', enum: ['score'], example: 'score' })
  object!: 'score';

  @ApiProperty({ description: 'How well its texts fit.', example: 0.98 })
  score!: number;
}

export class ScoreList {
  @ApiProperty({ description: 'Name of the response.', example: 'score-6f9619ff-8b86-4d11-b42d-00c04fc964ff' })
  id!: string;

  @ApiProperty({ description: 'Type of the object.', enum: ['list'], example: 'list' })
  object!: 'list';

  @ApiProperty({ description: 'Time of the response, in seconds since 1970.', example: 1_795_000_000 })
  created!: number;

  @ApiProperty({ description: 'The name of the model.', example: 'ms-marco' })
  model!: string;

  @ApiProperty({ description: 'The scores, in the order of the pairs.', type: [Score] })
  data!: Score[];

  @ApiProperty({ description: 'Tokens of all pairs.', type: EncoderUsage })
  usage!: EncoderUsage;
}

export function toScoreList(result: EncoderResult, areLogits: boolean): ScoreList {
  return {
    id: `score-${randomUUID()}`,
    object: 'list',
    created: Math.floor(Date.now() / 1000),
    model: result.model,
    data: pairScores(result, areLogits).map((score, index) => ({ index, object: 'score', score })),
    usage: toEncoderUsage(result),
  };
}
