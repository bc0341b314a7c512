import { randomUUID } from 'node:crypto';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { LazyList } from '@frontier/http';
import type { EncoderResult } from '@frontier/inference';
import { tokenCount } from '../response/encoder-usage.js';
import { base64Of } from '../response/vector-bytes.js';
import type { CohereForm } from './cohere-embed.request.js';

const NUMBERS = { type: 'array', items: { type: 'array', items: { type: 'number' } } } as const;

/** The vectors of all texts, in each form that was asked for. */
export class CohereEmbeddings {
  @ApiPropertyOptional({ ...NUMBERS, description: 'Numbers.', example: [[0.0125, -0.045]] })
  float?: LazyList<number[]>;

  @ApiPropertyOptional({ description: 'The base64 of their bytes.', type: [String], example: ['zczMPc3MTL4='] })
  base64?: LazyList<string>;

  @ApiPropertyOptional({ ...NUMBERS, description: 'Bits, eight to a number from -128 to 127.', example: [[0]] })
  binary?: LazyList<number[]>;

  @ApiPropertyOptional({ ...NUMBERS, description: 'Bits, eight to a number from 0 to 255.', example: [[128]] })
  ubinary?: LazyList<number[]>;
}

class CohereMeta {
  @ApiProperty({
    description: 'Version of the API.',
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { version: '2' },
  })
  api_version!: { version: string };

  @ApiProperty({
    description: 'Tokens of all texts, special tokens included.',
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { input_tokens: 9 },
  })
  billed_units!: { input_tokens: number };
}

export class CohereEmbedding {
  @ApiProperty({ description: 'Name of the response.', example: 'embed-6f9619ff-8b86-4d11-b42d-00c04fc964ff' })
  id!: string;

  @ApiProperty({
    description: 'The form of the response.',
    enum: ['embeddings_by_type'],
    example: 'embeddings_by_type',
  })
  response_type!: 'embeddings_by_type';

  @ApiProperty({ description: 'The vectors, in the order of the texts.', type: CohereEmbeddings })
  embeddings!: CohereEmbeddings;

  @ApiProperty({ description: 'The texts.', type: [String], example: ['The cat sat on the mat.'] })
  texts!: string[];

  @ApiProperty({ description: 'Version and tokens.', type: CohereMeta })
  meta!: CohereMeta;
}

export function toCohereEmbedding(
  result: EncoderResult,
  texts: string[],
  forms: readonly CohereForm[],
): CohereEmbedding {
  const embeddings = Object.fromEntries(forms.map((form) => [form, LazyList.map(result.values, WRITERS[form])]));
  return {
    id: `embed-${randomUUID()}`,
    response_type: 'embeddings_by_type',
    embeddings,
    texts,
    meta: { api_version: { version: '2' }, billed_units: { input_tokens: tokenCount(result) } },
  };
}

const WRITERS: Readonly<Record<CohereForm, (vector: Float32Array) => number[] | string>> = {
  float: (vector) => [...vector],
  base64: base64Of,
  ubinary: bitsOf,
  binary: (vector) => bitsOf(vector).map((byte) => byte - 128),
};

/** A bit for each number, set where it is above 0: eight to a byte, the first one highest. */
function bitsOf(vector: Float32Array): number[] {
  const bytes = Array.from({ length: Math.ceil(vector.length / 8) }, () => 0);
  for (const [i, value] of vector.entries()) if (value > 0) bytes[i >> 3] |= 128 >> (i & 7);
  return bytes;
}
