import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SharedBudget } from '@frontier/resilience';
import { bodiesOverloaded, malformedJson, unsupportedMediaType } from '../errors/http.errors.js';
import { requestPrincipal } from '../context/request-principal.js';
import { assertPlainEncoding } from './body-encoding.js';
import { type BodyPlan, bodyPlanOf } from './body-kind.decorators.js';
import type { BodyLimits } from '../json/body-limits.js';
import { JsonThread } from '../json/json-thread.js';
import { parseBody, type ParsedBody } from '../json/parse-body.js';
import { readBody } from './read-body.js';
import { hasBody } from './unread-body.js';
import { ValidatedBodyCache } from '../validation/validated-body-cache.js';

export interface RequestBodyOptions {
  /** Bytes of one body at most. */
  maxBytes: number;
}

export const RequestBodyOptions = Symbol('RequestBodyOptions');

/** Memory of the bodies of all requests that have not ended, those that are still arriving among them; callers share it. */
const HELD_BYTES = 2 ** 27;
/** At least so many of the largest bodies fit in. */
const LARGEST_BODIES = 8;
/** So much of each request is not counted: it is bounded by the connections. */
const UNCOUNTED_BYTES = 2 ** 14;
/** Memory of a parsed value beside its bytes. */
const VALUE_BYTES = 64;
/** Longer bodies are parsed in a thread: on the event loop they would delay all requests. */
const MAX_INLINE_BYTES = 2 ** 21;

/**
 * Reads and parses the body of a request. The last of the global guards: the body of a caller without a token, or over a limit, is not
 * read at all.
 */
@Injectable()
export class RequestBodyGuard implements CanActivate {
  private readonly plans = new WeakMap<Function, BodyPlan>();
  private readonly held: SharedBudget;
  private readonly thread = new JsonThread();

  constructor(
    @Inject(RequestBodyOptions) private readonly options: RequestBodyOptions,
    private readonly validated: ValidatedBodyCache,
  ) {
    this.held = new SharedBudget(Math.max(HELD_BYTES, LARGEST_BODIES * options.maxBytes));
  }

  /** @throws `malformed_request`, `invalid_request`, `body_too_large`, `unsupported_media_type`, `overloaded` */
  canActivate(context: ExecutionContext): true | Promise<true> {
    const plan = this.planOf(context.getHandler());
    if (plan.kind === 'none') return true;
    const http = context.switchToHttp();
    return this.read(plan, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  private async read(
    { kind, isWanted, minLimitBytes = 0, limits }: BodyPlan,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<true> {
    const { headers } = request;
    const isPresent = hasBody(headers);
    if (isPresent) assertPlainEncoding(headers, reply);
    if (isWanted && !isWanted(headers)) return true;
    if (kind === 'json' && !isJson(headers['content-type'])) {
      if (isPresent) throw unsupportedMediaType('Send the body as JSON, with Content-Type: application/json.');
      return true;
    }
    if (!isPresent) {
      if (kind !== 'raw') throw malformedJson('it is empty');
      return true;
    }
    const hold = this.holder(request, reply);
    const bytes = await readBody(request.raw, { maxBytes: Math.max(this.options.maxBytes, minLimitBytes), hold });
    if (kind === 'raw') request.body = bytes;
    else request.body = await this.parse(bytes, limits, hold);
    return true;
  }

  private async parse(bytes: Buffer, limits: BodyLimits, hold: (bytes: number) => void): Promise<unknown> {
    const known = this.validated.parsed(bytes);
    if (known) return known;
    const isInline = bytes.length <= MAX_INLINE_BYTES;
    const { body, values }: ParsedBody = isInline ? parseBody(bytes, limits) : await this.thread.parse(bytes, limits);
    hold(VALUE_BYTES * values);
    if (isInline) this.validated.note(bytes, body);
    return body;
  }

  /** Holds memory for a request until its response is sent, or its caller has left. */
  private holder(request: FastifyRequest, { raw }: FastifyReply): (bytes: number) => void {
    const { id: caller } = requestPrincipal(request);
    let bytesInAll = 0;
    let amount = 0;
    const release = (): void => {
      this.held.give({ caller, amount });
      amount = 0;
    };
    return (bytes) => {
      bytesInAll += bytes;
      const more = Math.max(0, bytesInAll - UNCOUNTED_BYTES) - amount;
      if (more === 0 || raw.destroyed) return;
      if (!this.held.take({ caller, amount: more })) throw bodiesOverloaded();
      if (amount === 0) raw.once('close', release);
      amount += more;
    };
  }

  private planOf(handler: Function): BodyPlan {
    let plan = this.plans.get(handler);
    if (!plan) this.plans.set(handler, (plan = bodyPlanOf(handler)));
    return plan;
  }
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^\s*application\/json\s*(;|$)/i.test(contentType);
}
