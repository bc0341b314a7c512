import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { shuttingDown } from '@frontier/errors';
import { type Readiness, ReadinessCheck } from '@frontier/health';
import { isExempt, isLiveStream } from '../context/exempt-routes.js';
import { discardBody } from '../body/unread-body.js';
import { writeError } from '../filter/write-error.js';

/** `lame-duck`: not ready, but serving. `draining`: new requests are refused, running ones may end. */
type Phase = 'serving' | 'lame-duck' | 'draining';

/** Time that a refused request may take to arrive. */
const BODY_TIMEOUT_MS = 1000;

/** Takes the server out of service; running requests may end. */
@Injectable()
export class Drain {
  private readonly drained = new AbortController();
  private phase: Phase = 'serving';
  /** Connections with requests that have not ended, and how many. */
  private readonly running = new Map<Socket, number>();
  private onIdle: (() => void) | undefined;

  /** Fires when requests that could go on for ever must end. */
  get signal(): AbortSignal {
    return this.drained.signal;
  }

  /** Requests that have not ended. */
  get runningRequests(): number {
    return [...this.running.values()].reduce((sum, count) => sum + count, 0);
  }

  @ReadinessCheck('drain')
  readiness(): Readiness {
    return this.phase === 'serving' ? { isReady: true } : { isReady: false, reason: 'the server is shutting down' };
  }

  /** Counts requests, and refuses new ones while the server drains. Before any other hook. */
  attach(fastify: FastifyInstance): void {
    if (typeof (fastify as Partial<FastifyInstance>).addHook !== 'function') {
      throw new Error('Drain needs Fastify: attach it to app.getHttpAdapter().getInstance() of a FastifyAdapter.');
    }
    fastify.addHook('onRequest', (request, reply, done) => {
      const route = request.routeOptions.url;
      if (isExempt(route) || isLiveStream(route)) return done();
      if (this.phase === 'draining') {
        const refuse = (): void => writeError(shuttingDown(), request, reply.header('connection', 'close'));
        // A connection that is closed while its body arrives is reset, and the refusal lost.
        void Promise.race([discardBody(request, fastify), sleep(BODY_TIMEOUT_MS)]).then(refuse);
        return;
      }
      this.track(request.raw.socket, reply);
      done();
    });
  }

  /** Reports itself as not ready, serves for `delayMs`, then waits until running requests have ended, or `timeoutMs`. */
  async run(delayMs: number, timeoutMs: number): Promise<void> {
    this.phase = 'lame-duck';
    await sleep(delayMs);
    this.phase = 'draining';
    this.drained.abort();
    if (this.running.size === 0) return;
    const idle = new Promise<void>((resolve) => (this.onIdle = resolve));
    await Promise.race([idle, sleep(timeoutMs)]);
  }

  /** Tests a connection for a request that has not ended. */
  isServing(socket: Socket): boolean {
    return this.running.has(socket);
  }

  private track(socket: Socket, { raw }: FastifyReply): void {
    this.running.set(socket, (this.running.get(socket) ?? 0) + 1);
    raw.once('close', () => {
      const left = this.running.get(socket)! - 1;
      if (left > 0) this.running.set(socket, left);
      else this.running.delete(socket);
      if (this.running.size === 0) this.onIdle?.();
    });
  }
}
