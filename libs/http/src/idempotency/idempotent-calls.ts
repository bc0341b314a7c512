import { hash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { messageOf } from '@frontier/errors';
import { IdempotencyService, type IdempotentRun } from '@frontier/idempotency';
import { canonicalJson } from '../json/canonical-json.js';
import type { ServerSentEvent } from '../sse/event-stream.js';
import { invalidRequest } from '../errors/http.errors.js';
import { isJsonWithin } from '../json/json-size.js';
import { requestCaller } from '../context/request-caller.js';

/** The kind of answer of a call: one key has an answer of each. */
type AnswerKind = 'object' | 'events' | 'job';

/** Ends a run with its answer as JSON, or without. */
type Settle = (answer: string | undefined) => Promise<void>;

/**
 * Runs a call with an idempotency key once: its answer is kept, and given again to calls with the same key and body. The
 * key is the header `Idempotency-Key` (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/) or the
 * body's `idempotency_key`. Only answers that are complete, good and not too long are kept; a call whose answer was not is
 * run again, and lacks `Idempotent-Replayed`.
 */
@Injectable()
export class IdempotentCalls {
  private readonly logger = new Logger('Idempotency');

  constructor(private readonly idempotency: IdempotencyService) {}

  /**
   * A call that answers with an object.
   * @param kind `job` where the route answers in several ways and this one is a job
   * @throws `invalid_request`, `idempotency_key_in_use`, `idempotency_key_reused`, and what `call` throws
   */
  async answer<T extends object>(
    request: FastifyRequest,
    reply: FastifyReply,
    call: () => Promise<T>,
    kind: Exclude<AnswerKind, 'events'> = 'object',
  ): Promise<T> {
    const claim = await this.claim(request, reply, kind);
    if (!claim) return call();
    if ('kept' in claim) return claim.kept as T;
    return this.run(claim.run, async () => {
      const answer = await call();
      const isKept = isJsonWithin(answer, this.idempotency.maxAnswerBytes);
      await this.keep(claim.run, isKept ? JSON.stringify(answer) : undefined);
      return answer;
    });
  }

  /**
   * A call that answers with events.
   * @throws as {@link answer} does, before the first event
   */
  async stream(
    request: FastifyRequest,
    reply: FastifyReply,
    call: () => Promise<AsyncIterable<ServerSentEvent>>,
  ): Promise<AsyncIterable<ServerSentEvent>> {
    const claim = await this.claim(request, reply, 'events');
    if (!claim) return call();
    if ('kept' in claim) return replay(claim.kept as ServerSentEvent[]);
    return this.run(claim.run, async () => {
      const settle = this.once(claim.run);
      // A body that is never read has no end of its own.
      reply.raw.once('close', () => void settle(undefined));
      return recorded(await call(), settle, this.idempotency.maxAnswerBytes);
    });
  }

  private async claim(
    request: FastifyRequest,
    reply: FastifyReply,
    kind: AnswerKind,
  ): Promise<{ run: IdempotentRun } | { kept: unknown } | undefined> {
    const key = idempotencyKey(request);
    if (key === undefined) return undefined;
    const scope = JSON.stringify([request.routeOptions.url, kind, key]);
    const owned = { caller: requestCaller(request).id, key: scope };
    const claim = await this.idempotency.claim(owned, fingerprint(request.body));
    if (claim.kind === 'first') return { run: claim.run };
    reply.header('idempotent-replayed', 'true');
    return { kept: JSON.parse(claim.response) as unknown };
  }

  private async run<T>(run: IdempotentRun, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      await this.keep(run, undefined);
      throw error;
    }
  }

  /** The end of a run, however often it is called. */
  private once(run: IdempotentRun): Settle {
    let settled: Promise<void> | undefined;
    return (answer) => (settled ??= this.keep(run, answer));
  }

  /** An answer that cannot be kept is an answer all the same. */
  private async keep(run: IdempotentRun, answer: string | undefined): Promise<void> {
    try {
      await (answer === undefined ? run.release() : run.complete(answer));
    } catch (error) {
      this.logger.warn(`The answer of an idempotency key could not be kept: ${messageOf(error)}`);
    }
  }
}

/** Settles with all events when they have ended well; those of an answer that is too long to be kept are not remembered. */
async function* recorded(
  events: AsyncIterable<ServerSentEvent>,
  settle: Settle,
  maxLength: number,
): AsyncGenerator<ServerSentEvent> {
  let sent: string[] | undefined = [];
  let length = 2;
  let isFault = false;
  let hasEnded = false;
  try {
    for await (const event of events) {
      isFault ||= event.isFault === true;
      if (sent) {
        const json = JSON.stringify(event);
        length += json.length + 1;
        if (length > maxLength) sent = undefined;
        else sent.push(json);
      }
      yield event;
    }
    hasEnded = true;
  } finally {
    await settle(hasEnded && !isFault && sent ? `[${sent.join(',')}]` : undefined);
  }
}

async function* replay(events: readonly ServerSentEvent[]): AsyncGenerator<ServerSentEvent> {
  yield* events;
}

function fingerprint(body: unknown): string {
  const { idempotency_key: _, ...request } = body as Record<string, unknown>;
  return hash('sha256', canonicalJson(request));
}

function idempotencyKey({ headers, body }: FastifyRequest): string | undefined {
  const inHeader = headers['idempotency-key'];
  const inBody = (body as Record<string, unknown>).idempotency_key ?? undefined;
  const key = inHeader ?? inBody;
  if (key === undefined) return undefined;
  if (inBody !== undefined && inBody !== key) {
    refuse('the header Idempotency-Key and idempotency_key must be the same');
  }
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) refuse('it must be 1 to 255 printable characters');
  return key;
}

function refuse(detail: string): never {
  throw invalidRequest([{ pointer: '/idempotency_key', detail }]);
}
