import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { EncoderResult } from '@frontier/inference';
import { labelOf } from '../classify/classify.response.js';
import { tokenCount } from '../response/encoder-usage.js';
import { inputScores, pairScores, ranked } from '../response/scores.js';

/** A label and its score. */
export class Prediction {
  @ApiProperty({ description: 'The label.', example: 'POSITIVE' })
  label!: string;

  @ApiProperty({ description: 'Its score.', example: 0.98 })
  score!: number;
}

/** A text in a ranking. */
export class TeiRank {
  @ApiProperty({ description: 'The text, from 0 on.', example: 0 })
  index!: number;

  @ApiPropertyOptional({ description: 'The text itself, where it was asked for.', example: 'Cats eat mice.' })
  text?: string;

  @ApiProperty({ description: 'How well it fits the query.', example: 0.98 })
  score!: number;
}

/** The labels of each input, the best first. */
export function toPredictions(result: EncoderResult, areLogits: boolean): Prediction[][] {
  return inputScores(result, areLogits).map((scores) =>
    ranked(scores).map((index) => ({ label: labelOf(result.info, index), score: scores[index] })),
  );
}

/**
 * The ranking of texts, the best first.
 * @param texts to be sent
 */
export function toTeiRanking(
  result: EncoderResult,
  areLogits: boolean,
  texts: readonly string[] | undefined,
): TeiRank[] {
  const scores = pairScores(result, areLogits);
  return ranked(scores).map((index) => ({ index, ...(texts && { text: texts[index] }), score: scores[index] }));
}

/**
 * Sets the headers that TEI has, in milliseconds.
 * @param characters of all inputs
 */
export function setTeiHeaders(reply: FastifyReply, result: EncoderResult, characters: number): void {
  const { durations } = result;
  reply.header('x-compute-type', result.info.provider);
  reply.header('x-compute-characters', characters);
  reply.header('x-compute-tokens', tokenCount(result));
  if (!durations) return;
  const { textMs, queueMs, computeMs } = durations;
  const total = Math.round(textMs + queueMs + computeMs);
  reply.header('x-compute-time', total);
  reply.header('x-total-time', total);
  reply.header('x-tokenization-time', Math.round(textMs));
  reply.header('x-queue-time', Math.round(queueMs));
  reply.header('x-inference-time', Math.round(computeMs));
}
