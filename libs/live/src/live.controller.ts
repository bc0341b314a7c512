import type { Readable } from 'node:stream';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal, KeyStore, type Principal, requestToken } from '@frontier/auth';
import { beginEventStream, Problem } from '@frontier/http';
import { rateLimitExceeded, RateLimitStore, SkipRateLimit } from '@frontier/rate-limit';
import { ModelDirectory } from './activity/model-directory.js';
import { LiveStreams } from './stream/live-streams.js';
import type { Reader } from './stream/reader.js';

/** Streams that a key may open: pages that lose their connection come again. */
const OPENINGS = { limit: 60, windowMs: 60_000 };

@Controller('v1/live')
// It would count as a concurrent request of its key for as long as it is open; it has limits of its own.
@SkipRateLimit()
@ApiTags('system')
@ApiBearerAuth()
@ApiResponse({ status: 401, description: 'No token, or a wrong one.', type: Problem })
export class LiveController {
  constructor(
    private readonly streams: LiveStreams,
    private readonly models: ModelDirectory,
    @Inject(KeyStore) private readonly keys: KeyStore,
    @Inject(RateLimitStore) private readonly windows: RateLimitStore,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Follow the server as it works',
    description:
      'Server-sent events: `hello` with the last five minutes, `tick` once a second, `life` with the requests that began, changed or ended, `model`, ' +
      '`job`, `notice`, and `bye` at the end. Keys with the admin flag see the requests of all callers, others their own. No event has prompts, ' +
      'answers, keys or addresses.',
  })
  @ApiOkResponse({
    description: 'The events, until the caller leaves.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiResponse({ status: 429, description: 'The key has opened a stream 60 times in the last minute.', type: Problem })
  @ApiResponse({ status: 503, description: 'Too many streams are open, of this key or of all.', type: Problem })
  async follow(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const state = await this.windows.hit({ key: `live:${principal.name}`, ...OPENINGS });
    if (!state.allowed) throw rateLimitExceeded('requests', state);
    const { admin } = principal;
    const { models: directory } = this;
    // A key with the admin flag sees all requests, so that it gets the numbers of all models as well.
    const allowed = admin ? undefined : principal.models;
    const reader: Reader = {
      principal,
      scope: admin ? 'all' : 'own',
      models: () => directory.namesFor(allowed),
      sees: (model) => directory.has(model, allowed),
    };
    const stream = this.streams.open(reader, () => this.isUnchanged(principal, request));
    reply.raw.once('close', () => this.streams.close(stream));
    if (reply.raw.destroyed) this.streams.close(stream);
    beginEventStream(reply);
    return stream.read();
  }

  private async isUnchanged({ name, admin, models }: Principal, { headers }: FastifyRequest): Promise<boolean> {
    const token = requestToken(headers.authorization, headers['x-api-key'] as string | undefined);
    const found = token === undefined ? undefined : await this.keys.find(token);
    return found?.name === name && found.admin === admin && String(found.models) === String(models);
  }
}
