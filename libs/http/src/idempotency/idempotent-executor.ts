import { hash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '@frontier/errors';
import { IdempotencyService, type IdempotentRun } from '@frontier/idempotency';
import { canonicalJson } from '../json/canonical-json.js';
import type { EventObserver, ObservedEvents, ServerSentEvent } from '../sse/event-stream.js';
import { invalidRequest } from '../errors/http.errors.js';
import { isJsonWithin } from '../json/json-size.js';
import { type HttpRequest, type HttpResponse, pathOf, rawResponse } from '../context/http-exchange.js';
import { requestPrincipal } from '../context/request-principal.js';

/** The kind of response of a call: one key has a response of each. */
type ResponseKind = 'object' | 'events' | 'job';

/**
 * Runs a call with an idempotency key once: its response is stored, and replayed to calls with the same key and body. The
 * key is the header `Idempotency-Key` (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/) or the
 * body's `idempotency_key`. Only responses that are complete, successful and not too long are stored; a call whose response was not is
 * run again, and lacks `Idempotent-Replayed`.
 */
@Injectable()
export class IdempotentExecutor {
  private readonly logger = new Logger('Idempotency');

  constructor(private readonly idempotency: IdempotencyService) {}

  /**
   * Runs a call that returns an object.
   * @param kind `job` where the route has several kinds of responses and this one is a job
   * @throws `invalid_request`, `idempotency_key_in_use`, `idempotency_key_reused`, and what `call` throws
   */
  async run<T extends object>(
    request: HttpRequest,
    response: HttpResponse,
    call: () => Promise<T>,
    kind: Exclude<ResponseKind, 'events'> = 'object',
  ): Promise<T> {
    const claim = await this.claim(request, response, kind);
    if (!claim) return call();
    if ('kept' in claim) return claim.kept as T;
    return this.releasedOnError(claim.run, async () => {
      const result = await call();
      const isKept = isJsonWithin(result, this.idempotency.maxResponseBytes);
      await this.settle(claim.run, isKept ? JSON.stringify(result) : undefined);
      return result;
    });
  }

  /**
   * Runs a call that returns events.
   * @throws as {@link run} does, before the first event
   */
  async runStream(
    request: HttpRequest,
    response: HttpResponse,
    call: () => Promise<AsyncIterable<ServerSentEvent>>,
  ): Promise<ObservedEvents> {
    const claim = await this.claim(request, response, 'events');
    if (!claim) return { events: await call() };
    if ('kept' in claim) return { events: replay(claim.kept as ServerSentEvent[]) };
    return this.releasedOnError(claim.run, async () => {
      const recorder = new EventRecorder(this.idempotency.maxResponseBytes, (events) => this.settle(claim.run, events));
      // A body that is never read has no end of its own.
      rawResponse(response).once('close', () => void recorder.onEnd(false));
      return { events: await call(), observer: recorder };
    });
  }

  private async claim(
    request: HttpRequest,
    response: HttpResponse,
    kind: ResponseKind,
  ): Promise<{ run: IdempotentRun } | { kept: unknown } | undefined> {
    const key = idempotencyKey(request);
    if (key === undefined) return undefined;
    const scope = JSON.stringify([pathOf(request), kind, key]);
    const owned = { caller: requestPrincipal(request).id, key: scope };
    const claim = await this.idempotency.claim(owned, fingerprint(request.body));
    if (claim.kind === 'first') return { run: claim.run };
    response.header('idempotent-replayed', 'true');
    return { kept: JSON.parse(claim.response) as unknown };
  }

  private async releasedOnError<T>(run: IdempotentRun, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      await this.settle(run, undefined);
      throw error;
    }
  }

  /** Stores a response, or releases its key. A response that cannot be stored is still sent. */
  private async settle(run: IdempotentRun, body: string | undefined): Promise<void> {
    try {
      await (body === undefined ? run.release() : run.complete(body));
    } catch (error) {
      this.logger.warn(`The response of an idempotency key could not be stored: ${messageOf(error)}`);
    }
  }
}

/** Collects the events of a stream to be kept, unless they are too long or end badly. */
class EventRecorder implements EventObserver {
  private sent: string[] | undefined = [];
  private length = 2;
  private isFault = false;
  private settled: Promise<void> | undefined;

  constructor(
    private readonly maxLength: number,
    private readonly settle: (events: string | undefined) => Promise<void>,
  ) {}

  onEvent(event: ServerSentEvent): void {
    this.isFault ||= event.isFault === true;
    if (!this.sent) return;
    const json = JSON.stringify(event);
    this.length += json.length + 1;
    if (this.length > this.maxLength) this.sent = undefined;
    else this.sent.push(json);
  }

  onEnd(isComplete: boolean): Promise<void> {
    const isKept = isComplete && !this.isFault && this.sent !== undefined;
    return (this.settled ??= this.settle(isKept ? `[${this.sent!.join(',')}]` : undefined));
  }
}

async function* replay(events: readonly ServerSentEvent[]): AsyncGenerator<ServerSentEvent> {
  yield* events;
}

function fingerprint(body: unknown): string {
  const { idempotency_key: _, ...request } = body as Record<string, unknown>;
  return hash('sha256', canonicalJson(request));
}

function idempotencyKey({ headers, body }: HttpRequest): string | undefined {
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
