import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Observable } from 'rxjs';
import { requestDeadline, requestPrincipal } from '@frontier/http';
import { HeldEngines, ModelLifecycle, type ModelTask } from '@frontier/inference';

export const TASKS = 'frontier:inference-http:tasks';

/**
 * Holds the model that a request names until its response has ended, so that the request uses one engine of it from its first step to its last;
 * a model that is loaded on demand is waited for. Runs when the body is parsed, and before it is checked: what is wrong with the request, its
 * handler says.
 */
@Injectable()
export class ModelHoldInterceptor implements NestInterceptor {
  constructor(
    private readonly lifecycle: ModelLifecycle,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> | Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const held = new HeldEngines();
    if (reply.raw.destroyed) return next.handle();
    reply.raw.once('close', () => held.end());
    const tasks = this.reflector.get<ModelTask[]>(TASKS, context.getHandler());
    const wanted = {
      name: modelOf(request),
      tasks: tasks.length > 0 ? tasks : undefined,
      principal: requestPrincipal(request),
    };
    // The work begins where it is subscribed to.
    const handled = new Observable<unknown>((subscriber) => held.run(() => next.handle().subscribe(subscriber)));
    const waiting = this.lifecycle.hold(held, wanted, () => requestDeadline(request, reply));
    return waiting ? waiting.then(() => handled) : handled;
  }
}

/** The model that a request names in its path or its body; `undefined` where it names none, or not as it should. */
function modelOf({ params, body }: FastifyRequest): string | undefined {
  const named = [params, body].map((part) => (part as { model?: unknown } | null | undefined)?.model);
  return named.find((name) => typeof name === 'string');
}
