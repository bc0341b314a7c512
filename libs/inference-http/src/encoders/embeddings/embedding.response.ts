import { ApiProperty } from '@nestjs/swagger';
import { LazyList } from '@frontier/http';
import type { EncoderResult } from '@frontier/inference';
import { EncoderUsage, toEncoderUsage } from '../response/encoder-usage.js';
import { base64Of } from '../response/vector-bytes.js';

/** The vector of one input. */
export class Embedding {
  @ApiProperty({ description: 'Type of the object.', enum: ['embedding'], example: 'embedding' })
  object!: 'embedding';

  @ApiProperty({ description: 'The input, from 0 on.', example: 0 })
  index!: number;

  @ApiProperty({
    description: 'The vector: numbers, or the base64 of their bytes.',
    oneOf: [{ type: 'array', items: { type: 'number' } }, { type: 'string' }],
    example: [0.0125, -0.045],
  })
  embedding!: number[] | string;
}

export class EmbeddingList {
  @ApiProperty({ description: 'Type of the object.', enum: ['list'], example: 'list' })
  object!: 'list';

  @ApiProperty({ description: 'The vectors, in the order of the inputs.', type: [Embedding] })
  data!: Embedding[] | LazyList<Embedding>;

  @ApiProperty({ description: 'The name of the model.', example: 'minilm' })
  model!: string;

  @ApiProperty({ description: 'Tokens of the request.', type: EncoderUsage })
  usage!: EncoderUsage;
}

/** Bytes of a number as text, about: a 32-bit float has up to 9 digits, and its text those of the 64-bit one that it is written as. */
const NUMBER_BYTES = 20;
/** Bytes around a vector. */
const FRAME_BYTES = 48;

/** Bytes of the list of so many vectors, about. */
export function expectedBytes(vectors: number, dimensions: number, format: 'float' | 'base64'): number {
  const numbers = format === 'base64' ? 4 * Math.ceil((4 * dimensions) / 3) : NUMBER_BYTES * dimensions;
  return vectors * (FRAME_BYTES + numbers);
}

/** @param format of the vectors; their objects are made when they are written */
export function toEmbeddingList(result: EncoderResult, format: 'float' | 'base64'): EmbeddingList {
  const { model, values } = result;
  const embeddings = function* (): Generator<Embedding> {
    for (const [index, vector] of values.entries()) {
      yield { object: 'embedding', index, embedding: format === 'base64' ? base64Of(vector) : [...vector] };
    }
  };
  return { object: 'list', data: new LazyList(values.length, embeddings), model, usage: toEncoderUsage(result) };
}
