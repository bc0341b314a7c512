import { PRIORITIES, type Priority } from '@frontier/engine';
import type { RequestCaller } from './generate-request.js';
import { modelForbidden } from './inference.errors.js';
import type { ModelDefinition } from './inference.options.js';

/** @throws `forbidden` */
export function assertMayUse(caller: RequestCaller | undefined, { name, aliases }: ModelDefinition): void {
  const allowed = caller?.models;
  if (allowed && ![name, ...aliases].some((known) => allowed.includes(known))) throw modelForbidden(name, allowed);
}

/** The class that is asked for, but no better one than the caller's. */
export function priorityOf(asked: Priority | undefined, caller: RequestCaller | undefined): Priority {
  const own = caller?.priority;
  const wanted = asked ?? own ?? 'normal';
  return own && PRIORITIES.indexOf(wanted) < PRIORITIES.indexOf(own) ? own : wanted;
}
