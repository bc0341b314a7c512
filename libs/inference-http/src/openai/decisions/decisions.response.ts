import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import type { Distribution, Usage } from '@frontier/inference';
import { ResponseUsage, toResponseUsage } from '../responses/response.object.js';
import type { QuestionFields } from './question.fields.js';

const PROBABILITY = { minimum: 0, maximum: 1, example: 0.93 } as const;
const NAME = { description: 'Name of the question.', type: String, nullable: true, example: 'refund' } as const;
const CONFIDENCE = {
  description: 'Probability of the best answer among all tokens: low where the model would rather say something else.',
  ...PROBABILITY,
} as const;
const VALUE = { oneOf: [{ type: 'string' }, { type: 'boolean' }], example: 'billing' };

/** The answer to a predicate. */
export class PredicateAnswer {
  @ApiProperty({ description: 'Kind of the question.', enum: ['predicate'], example: 'predicate' })
  type!: 'predicate';

  @ApiProperty(NAME)
  name!: string | null;

  @ApiProperty({ description: 'How likely it is that the instructions are true.', ...PROBABILITY })
  probability!: number;
}

export class ChoiceProbability {
  @ApiProperty({ description: 'The choice.', ...VALUE })
  value!: string | boolean;

  @ApiProperty({ description: 'How likely it is; the sum of all is 1.', ...PROBABILITY })
  probability!: number;
}

/** The answer to a choice. */
export class ChoiceAnswer {
  @ApiProperty({ description: 'Kind of the question.', enum: ['choice'], example: 'choice' })
  type!: 'choice';

  @ApiProperty(NAME)
  name!: string | null;

  @ApiProperty({ description: 'The most likely choice.', ...VALUE })
  choice!: string | boolean;

  @ApiProperty({ description: 'All choices, in order.', type: [ChoiceProbability] })
  probabilities!: ChoiceProbability[];

  @ApiProperty(CONFIDENCE)
  confidence!: number;
}

export class LevelProbability {
  @ApiProperty({ description: 'Index of the level, from 0.', example: 1 })
  value!: number;

  @ApiProperty({ description: 'The level.', example: 'annoyed' })
  label!: string;

  @ApiProperty({ description: 'How likely it is; the sum of all is 1.', ...PROBABILITY })
  probability!: number;
}

/** The answer to a score. */
export class ScoreAnswer {
  @ApiProperty({ description: 'Kind of the question.', enum: ['score'], example: 'score' })
  type!: 'score';

  @ApiProperty(NAME)
  name!: string | null;

  @ApiProperty({ description: 'The expected level: the sum of index times probability.', example: 1.4 })
  score!: number;

  @ApiProperty({ description: 'All levels, in order.', type: [LevelProbability] })
  probabilities!: LevelProbability[];

  @ApiProperty(CONFIDENCE)
  confidence!: number;
}

type DecisionAnswer = PredicateAnswer | ChoiceAnswer | ScoreAnswer;

/** The response of `POST /v1/decisions`. */
@ApiExtraModels(PredicateAnswer, ChoiceAnswer, ScoreAnswer)
export class DecisionsResponse {
  @ApiProperty({ description: 'Name of the model; an alias is resolved.', example: 'storyteller' })
  model!: string;

  @ApiProperty({
    description: 'The answers, in the order of the questions.',
    type: 'array',
    items: { oneOf: [PredicateAnswer, ChoiceAnswer, ScoreAnswer].map((answer) => ({ $ref: getSchemaPath(answer) })) },
  })
  answers!: DecisionAnswer[];

  @ApiProperty({
    description: 'Tokens of all questions, each with the input, and one of each answer.',
    type: ResponseUsage,
  })
  usage!: ResponseUsage;
}

export function toDecisions(
  model: string,
  questions: readonly QuestionFields[],
  distributions: readonly Distribution[],
  usage: Usage,
): DecisionsResponse {
  return {
    model,
    answers: questions.map((question, i) => toAnswer(question, distributions[i])),
    usage: toResponseUsage(usage),
  };
}

function toAnswer(question: QuestionFields, { probabilities, best, confidence }: Distribution): DecisionAnswer {
  const { type } = question;
  const name = question.name ?? null;
  if (type === 'predicate') return { type, name, probability: probabilities[0] };
  if (type === 'choice') {
    const choices = question.choices.map(({ value }, i) => ({ value, probability: probabilities[i] }));
    return { type, name, choice: choices[best].value, probabilities: choices, confidence };
  }
  const levels = question.levels.map(({ label }, i) => ({ value: i, label, probability: probabilities[i] }));
  const score = levels.reduce((sum, { value, probability }) => sum + value * probability, 0);
  return { type, name, score, probabilities: levels, confidence };
}
