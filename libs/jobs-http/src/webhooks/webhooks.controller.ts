import { Controller, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBody,
  ApiHeader,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '@frontier/auth';
import {
  hasSignature,
  rawBodyOf,
  signedMessageId,
  type WebhookResponse,
  WebhookSignatureGuard,
  WebhooksService,
} from '@frontier/webhooks';
import { type BodyLimits, Problem, RawBody, scanJson } from '@frontier/http';

const LIMITS: BodyLimits = { depth: 32, values: 10_000, keys: 5000 };

/** A message, in the form of the original contract. */
class WebhookBody {
  @ApiPropertyOptional({
    description: 'Unique for the sender; with Standard Webhooks, the header `webhook-id`.',
    example: 'evt_1',
  })
  id?: string;

  @ApiProperty({ description: 'Kind of the event.', example: 'inference.requested' })
  type!: string;

  @ApiPropertyOptional({
    description:
      'Input of the handler of the type: a body of `POST /v1/jobs`. With Standard Webhooks it is called `data`.',
    type: 'object',
    additionalProperties: true,
    example: { prompt: 'Once upon a time' },
  })
  payload?: unknown;

  @ApiProperty({
    description: 'Time of the event: seconds since 1970, or a time in ISO 8601.',
    oneOf: [{ type: 'number' }, { type: 'string' }],
    example: 1_795_000_000,
  })
  timestamp!: number | string;
}

class WebhookReceiptView implements WebhookResponse {
  @ApiProperty({ description: 'The id of the message.', example: 'evt_1' })
  id!: string;

  @ApiProperty({ description: 'Its type.', example: 'inference.requested' })
  type!: string;

  @ApiProperty({ description: 'Always `accepted`.', enum: ['accepted'], example: 'accepted' })
  status!: 'accepted';

  @ApiPropertyOptional({
    description: 'No handler has this type; the message is kept.',
    type: Boolean,
    example: true,
  })
  unhandled?: true;

  @ApiPropertyOptional({
    description: 'Return value of its handler.',
    type: 'object',
    additionalProperties: true,
    example: { job_id: 'job_5f0c' },
  })
  result?: unknown;
}

@Controller('webhooks')
@Public()
@ApiTags('webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post('ingest')
  @RawBody({ isWanted: hasSignature })
  @UseGuards(WebhookSignatureGuard)
  @ApiOperation({
    summary: 'Receive a signed message',
    description: [
      'Signed as Standard Webhooks says (`webhook-id`, `webhook-timestamp`, `webhook-signature`), or with `X-Timestamp` and',
      '`X-Signature`, the hexadecimal HMAC-SHA256 over `"{timestamp}." + body`. The response is 202 once it is stored and handled.',
    ].join('\n'),
  })
  @ApiHeader({ name: 'webhook-signature', required: false, description: '`v1,<base64>`, several separated by spaces.' })
  @ApiHeader({ name: 'X-Signature', required: false, description: 'The legacy signature, in hexadecimal.' })
  @ApiBody({
    type: WebhookBody,
    examples: {
      story: {
        summary: 'A job',
        value: {
          id: 'evt_1',
          type: 'inference.requested',
          timestamp: 1_795_000_000,
          payload: { prompt: 'Once upon a time', params: { max_new_tokens: 40 } },
        },
      },
    },
  })
  @ApiResponse({ status: 202, description: 'The message is stored and handled.', type: WebhookReceiptView })
  @ApiResponse({
    status: 200,
    description: 'A message with this id was handled before; the response is repeated.',
    type: WebhookReceiptView,
  })
  @ApiResponse({ status: 400, description: 'The body is not JSON in UTF-8.', type: Problem })
  @ApiResponse({ status: 401, description: 'The signature is missing, wrong, or too old or new.', type: Problem })
  @ApiResponse({ status: 404, description: 'There is no such model.', type: Problem })
  @ApiResponse({ status: 413, description: 'The body is too large.', type: Problem })
  @ApiResponse({ status: 415, description: 'The body is compressed, or not in UTF-8.', type: Problem })
  @ApiResponse({ status: 422, description: 'A field is invalid, or the id came with another body.', type: Problem })
  @ApiResponse({
    status: 429,
    description: "The sender's limit is reached; `Retry-After` says when to try again.",
    type: Problem,
  })
  @ApiResponse({
    status: 503,
    description: 'Webhooks are not configured, or nothing can be stored now.',
    type: Problem,
  })
  async ingest(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookReceiptView> {
    const body = rawBodyOf(request);
    // A sender that has the secret is no reason to parse 2 MiB of brackets.
    scanJson(body, LIMITS);
    const { response, isReplay } = await this.webhooks.receive(body, signedMessageId(request));
    reply.status(isReplay ? 200 : 202);
    return response;
  }
}
