import { PRIORITIES, type Priority } from '@frontier/engine';
import type { RequestCaller } from './generate-request.js';
import type { ModelDefinition } from './inference.options.js';

/** Whether a caller may use a model: all callers may but those that are limited to others. */
export function mayUse(caller: RequestCaller | undefined, { name, aliases }: ModelDefinition): boolean {
  const allowed = caller?.models;
  return !allowed || [name, ...aliases].some((known) => allowed.includes(known));
}

/** The class that is asked for, but no better one than the caller's. */
export function priorityOf(asked: Priority | undefined, caller: RequestCaller | undefined): Priority {
  const own = caller?.priority;
  const wanted = asked ?? own ?? 'normal';
  return own && PRIORITIES.indexOf(wanted) < PRIORITIES.indexOf(own) ? own : wanted;
}
