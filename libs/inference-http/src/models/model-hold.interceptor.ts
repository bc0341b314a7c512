import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { finalize, Observable } from 'rxjs';
import { requestDeadline, requestPrincipal } from '@frontier/http';
import { HeldEngines, ModelLifecycle, type ModelTask } from '@frontier/inference';

export const TASKS = 'frontier:inference-http:tasks';

/** Tasks, one of which the model of a request must do; `undefined`: the default model is meant, whatever it does. */
export type ModelTasks = (body: unknown) => readonly ModelTask[] | undefined;

/**
 * Holds the model that a request names until its handler has a response, so that the request uses one engine of it from its first step to its last;
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
    const tasks = this.reflector.get<ModelTasks>(TASKS, context.getHandler());
    const wanted = { name: modelOf(request), tasks: tasks(request.body), principal: requestPrincipal(request) };
    const held = new HeldEngines();
    held.begin();
    // The work begins where it is subscribed to. What runs on when the handler has its response ends on its own: a generation, other prompts.
    const handled = new Observable<unknown>((subscriber) => held.run(() => next.handle().subscribe(subscriber))).pipe(
      finalize(() => held.end()),
    );
    const waiting = this.lifecycle.hold(held, wanted, () => requestDeadline(request, reply));
    return waiting ? waiting.then(() => handled) : handled;
  }
}

/** The model that a request names in its path, its body or its query; `undefined` where it names none, or not as it should. */
function modelOf({ params, body, query }: FastifyRequest): string | undefined {
  const named = [params, body, query].map((part) => (part as { model?: unknown } | null | undefined)?.model);
  return named.find((name) => typeof name === 'string');
}
