import { hash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, concatMap, type Observable, of } from 'rxjs';
import { callerOf } from '@frontier/auth';
import { IdempotencyService, type IdempotentRun } from '@frontier/idempotency';
import { canonicalJson } from '@frontier/inference';
import { invalidRequest } from './http.errors.js';
import { EVENT_STREAM, setRecorder } from './server-sent-events.js';

/** An answer as it is kept: an object that is sent as JSON, or the events of a stream. */
type KeptAnswer = { body: unknown } | { events: string };

/**
 * Runs a request with an idempotency key once: its answer is kept, and sent again to requests with the same key and
 * body. The key is the header `Idempotency-Key`
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/) or the body's `idempotency_key`. Only answers that
 * are complete and good are kept.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly idempotency: IdempotencyService) {}

  /** @throws `invalid_request`, `idempotency_key_in_use`, `idempotency_key_reused` */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const key = idempotencyKey(request);
    if (key === undefined) return next.handle();
    const scope = canonicalJson([callerOf(request)?.name, request.routeOptions.url, key]);
    const claim = await this.idempotency.claim(hash('sha256', scope), fingerprint(request.body));
    if (claim.kind === 'repeated') return of(repeat(reply, JSON.parse(claim.response) as KeptAnswer));
    return this.run(request, next, claim.run);
  }

  private run(request: FastifyRequest, next: CallHandler, run: IdempotentRun): Observable<unknown> {
    setRecorder(request, (events) => void (events === undefined ? run.release() : run.complete(kept({ events }))));
    return next.handle().pipe(
      concatMap(async (body: unknown) => {
        // A stream is kept by its recorder, when it has ended.
        if (!isStream(body)) await run.complete(kept({ body }));
        return body;
      }),
      catchError(async (error: unknown) => {
        await run.release();
        throw error;
      }),
    );
  }
}

const kept = (answer: KeptAnswer): string => JSON.stringify(answer);
const isStream = (body: unknown): boolean => typeof body === 'object' && body !== null && 'pipe' in body;

function repeat(reply: FastifyReply, answer: KeptAnswer): unknown {
  reply.header('idempotent-replayed', 'true');
  if ('body' in answer) return answer.body;
  reply.headers(EVENT_STREAM);
  return answer.events;
}

function fingerprint(body: unknown): string {
  const { idempotency_key: _, ...request } = body as Record<string, unknown>;
  return hash('sha256', canonicalJson(request));
}

function idempotencyKey({ headers, body }: FastifyRequest): string | undefined {
  const inHeader = headers['idempotency-key'];
  const inBody =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>).idempotency_key : undefined;
  const keys = [inHeader, inBody ?? undefined].filter((key) => key !== undefined);
  if (keys.length === 0) return undefined;
  if (keys.some((key) => key !== keys[0])) {
    refuse('the header Idempotency-Key and idempotency_key must be the same');
  }
  const [key] = keys;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) refuse('it must be 1 to 255 printable characters');
  return key;
}

function refuse(detail: string): never {
  throw invalidRequest([{ pointer: '/idempotency_key', detail }]);
}
