import { PRIORITIES, type Priority } from '@frontier/engine';

/** The caller of a request, with its rights. */
export interface Principal {
  /** Keeps callers apart: their turns in the queue, their cached answers, their tokens. */
  id: string;
  /** Names or aliases of the models that it may use; default: all. */
  models?: readonly string[];
  /** The class of its requests, which may ask for a lower one. */
  priority?: Priority;
  /** Tokens in any minute; default: the server's limit. */
  tokensPerMinute?: number;
}

/** Whether a principal may use a model: all may, unless they are limited to others. */
export function mayUse(
  principal: Principal | undefined,
  { name, aliases }: { name: string; aliases: readonly string[] },
): boolean {
  const allowed = principal?.models;
  return !allowed || [name, ...aliases].some((known) => allowed.includes(known));
}

/** The requested class, but no higher one than the principal's. */
export function priorityOf(requested: Priority | undefined, principal: Principal | undefined): Priority {
  const own = principal?.priority;
  const wanted = requested ?? own ?? 'normal';
  return own && PRIORITIES.indexOf(wanted) < PRIORITIES.indexOf(own) ? own : wanted;
}
