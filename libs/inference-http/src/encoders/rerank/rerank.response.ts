import { randomUUID } from 'node:crypto';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { EncoderResult } from '@frontier/inference';
import { EncoderUsage, toEncoderUsage } from '../response/encoder-usage.js';
import { pairScores, ranked } from '../response/scores.js';

class RankedDocument {
  @ApiProperty({ description: 'Its text.', example: 'Cats eat mice.' })
  text!: string;
}

class RerankResult {
  @ApiProperty({ description: 'The document, from 0 on.', example: 0 })
  index!: number;

  @ApiProperty({ description: 'How well it fits the query.', example: 0.98 })
  relevance_score!: number;

  @ApiPropertyOptional({ description: 'The document, where it was asked for.', type: RankedDocument })
  document?: RankedDocument;
}

export class Ranking {
  @ApiProperty({ description: 'Name of the response.', example: 'rerank-6f9619ff-8b86-4d11-b42d-00c04fc964ff' })
  id!: string;

  @ApiProperty({ description: 'The name of the model.', example: 'ms-marco' })
  model!: string;

  @ApiProperty({ description: 'Tokens of all pairs.', type: EncoderUsage })
  usage!: EncoderUsage;

  @ApiProperty({ description: 'The documents, the best first.', type: [RerankResult] })
  results!: RerankResult[];
}

/** Options of {@link toRanking}. */
interface RankingOptions {
  areLogits: boolean;
  /** Results at most; 0: all. */
  topN: number;
  /** Texts to be sent. */
  documents: readonly string[] | undefined;
}

export function toRanking(result: EncoderResult, { areLogits, topN, documents }: RankingOptions): Ranking {
  const scores = pairScores(result, areLogits);
  const results = ranked(scores)
    .slice(0, topN === 0 ? undefined : topN)
    .map((index) => ({
      index,
      ...(documents && { document: { text: documents[index] } }),
      relevance_score: scores[index],
    }));
  return { id: `rerank-${randomUUID()}`, model: result.model, usage: toEncoderUsage(result), results };
}
