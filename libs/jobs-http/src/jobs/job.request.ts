import { ApiProperty, ApiPropertyOptional, getSchemaPath, PickType } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, Length } from 'class-validator';
import { JOB_PRIORITIES, type JobPriority } from '@frontier/jobs';
import { BodyRules, IntegerField } from '@frontier/http';
import {
  ClassifyRequest,
  EmbeddingRequest,
  ENCODER_URLS,
  type EncoderUrl,
  InferRequest,
  RerankRequest,
  ScoreRequest,
} from '@frontier/inference-http';

/** Time that a job may take from its acceptance on, in seconds. */
export const EXPIRY = { default: 86_400, max: 604_800 } as const;

/** The body of `POST /v1/jobs`: that of `POST /v1/infer`, with the job's priority, expiry and callback; or an {@link EncoderJobRequest}. */
@BodyRules({ variantOf: (body) => ('url' in body ? EncoderJobRequest : undefined) })
export class JobRequest extends InferRequest {
  @ApiPropertyOptional({
    description: 'URL that receives a signed message when the job has ended. Private addresses are refused.',
    type: String,
    nullable: true,
    maxLength: 2048,
    example: 'https://example.com/hooks/jobs',
  })
  @IsOptional()
  @IsString()
  @Length(1, 2048)
  callback_url?: string | null;

  @ApiPropertyOptional({
    description: "Signs that message, as Standard Webhooks says; `whsec_...` is base64. Default: the server's secret.",
    type: String,
    nullable: true,
    minLength: 16,
    maxLength: 256,
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  @IsOptional()
  @IsString()
  @Length(16, 256)
  callback_secret?: string | null;

  @ApiPropertyOptional({
    description:
      'Order among your waiting jobs; no better than the class of your key. Callers take turns, and interactive requests come before all jobs.',
    enum: JOB_PRIORITIES,
    default: 'normal',
    nullable: true,
    example: 'normal',
  })
  @IsOptional()
  @IsIn(JOB_PRIORITIES)
  priority?: JobPriority | null;

  @IntegerField({
    description: 'Seconds after which a job that has not ended is `expired`.',
    min: 1,
    max: EXPIRY.max,
    default: EXPIRY.default,
    example: 3600,
  })
  expires_in?: number | null;
}

/** The bodies of the routes of encoders. */
export const ENCODER_BODIES = [EmbeddingRequest, RerankRequest, ScoreRequest, ClassifyRequest];

const JOB_FIELDS = ['callback_url', 'callback_secret', 'priority', 'expires_in', 'idempotency_key'] as const;

/** The body of `POST /v1/jobs` for a route of encoders, in the manner of the lines of OpenAI's batches. */
@BodyRules()
export class EncoderJobRequest extends PickType(JobRequest, JOB_FIELDS) {
  @ApiProperty({ description: 'The route that the body is for.', enum: ENCODER_URLS, example: '/v1/embeddings' })
  @IsIn(ENCODER_URLS)
  url!: EncoderUrl;

  @ApiProperty({
    description: 'The body of a request to the route. Vectors are base64 unless its `encoding_format` is `float`.',
    anyOf: ENCODER_BODIES.map((type) => ({ $ref: getSchemaPath(type) })),
    example: { input: ['A first text.', 'A second one.'] },
  })
  @IsObject()
  body!: object;
}
