import { AppError } from '@frontier/errors';
import type { ModelTask } from '../model/model-task.js';
import { isTimeout } from './deadline.js';

/** The model is not loaded yet, or its engine process is being started again. */
export function modelLoading(model: string): AppError {
  return new AppError(`The model "${model}" is being loaded. Try again in a few seconds.`, {
    code: 'model_loading',
    status: 503,
    retryable: true,
    retryAfterMs: 2000,
  });
}

/** The model's folder cannot be served and has to be mended by the operator; the log has the reason. */
export function modelUnavailable(model: string, reason: string): AppError {
  return new AppError(`The model "${model}" could not be loaded: ${reason}`, {
    publicMessage: `The model "${model}" could not be loaded; the reason is in the server's log.`,
    code: 'model_unavailable',
    status: 503,
  });
}

/** The operator has unloaded the model. */
export function modelNotLoaded(model: string): AppError {
  return new AppError(
    `The model "${model}" was unloaded. Its operator can load it again: POST /admin/models/${model}/load.`,
    { code: 'model_unavailable', status: 503 },
  );
}

/** The operator has taken the model away. */
export function modelRemoved(model: string): AppError {
  return new AppError(`The model "${model}" is not here any more.`, { code: 'model_unavailable', status: 503 });
}

/**
 * The memory that models may take cannot hold one more, whoever leaves; callers get `model_unavailable`.
 * @param limit what it may take at most beside those that always stay, in bytes
 */
export function modelTooLarge(model: string, bytes: number, limit: number): AppError {
  const mib = (count: number): string => `${Math.ceil(count / 2 ** 20)} MiB`;
  return new AppError(
    `The model "${model}" needs about ${mib(bytes)} of memory, and MODELS_MEMORY_BYTES leaves ${mib(Math.max(0, limit))} beside the models that stay loaded. Raise it, take a smaller precision or context_length, or load fewer models at the start.`,
    { code: 'model_too_large', status: 503 },
  );
}

/** Nobody waits for the model any more, or its operator has unloaded it while it was loaded. */
export function loadAbandoned(model: string): AppError {
  return new AppError(`The model "${model}" was not loaded: it was not wanted any more.`, {
    code: 'model_loading',
    status: 503,
    retryable: true,
    retryAfterMs: 2000,
  });
}

/** The engine process ended while it computed the request. */
export function engineLost(model: string, reason: string): AppError {
  return new AppError(`The engine of the model "${model}" ${reason} during this request. Send it again.`, {
    code: 'engine_error',
    status: 500,
    retryable: true,
  });
}

/** The longest `Retry-After`; no estimate reaches further. */
const MAX_RETRY_AFTER_MS = 60_000;

function retryAfter(milliseconds: number): number {
  return Math.min(Math.max(1000, milliseconds), MAX_RETRY_AFTER_MS);
}

/** The queue of the model has no room for the request, or its turn would come too late. */
export function overloaded(reason: string, retryAfterMs: number): AppError {
  return new AppError(`The server is at capacity: ${reason}. Try again later.`, {
    code: 'overloaded',
    status: 503,
    retryable: true,
    retryAfterMs: retryAfter(retryAfterMs),
  });
}

/** The request reached its maximum wait before any step computed it. */
export function queueTimeout(retryAfterMs: number): AppError {
  return new AppError('The request waited too long for its turn. Try again later.', {
    code: 'queue_timeout',
    status: 503,
    retryable: true,
    retryAfterMs: retryAfter(retryAfterMs),
  });
}

/** The text takes too long to tokenize, or the conversation to be written. */
export function textTooExpensive(): AppError {
  return new AppError('The text takes too long to tokenize. Send a shorter one, or the ids of its tokens.', {
    code: 'invalid_request',
    status: 422,
  });
}

/** The model cannot do the task that the operator gave it. */
export function otherTask(task: string, able: string): AppError {
  const message = `The model cannot ${task}, it is made to ${able}. Take "task" out of its entry, or name another folder.`;
  return new AppError(message, { code: 'model_unsupported', status: 500 });
}

/**
 * The model cannot do the task of the route.
 * @param able what it can do
 */
export function taskUnsupported(model: string, able: ModelTask): AppError {
  const [what, route] = TASKS[able];
  return new AppError(`The model "${model}" ${what}. Use ${route}, or name another model.`, {
    code: 'task_unsupported',
    status: 400,
  });
}

/** No model that the caller may use can do the task of the route. */
export function noModelFor(task: ModelTask): AppError {
  const message = `No model of this server can ${task}. Its operator must add one: see docs/embeddings.md.`;
  return new AppError(message, { code: 'task_unsupported', status: 400 });
}

/** The work of a model of each task, and a route for it. */
const TASKS = {
  generate: ['generates text', '/v1/chat/completions'],
  embed: ['makes embeddings', '/v1/embeddings'],
  classify: ['classifies texts', '/v1/classify'],
  rerank: ['reranks documents', '/v1/rerank'],
  tensor: ['takes tensors', '/v2/models/{model}/infer'],
} as const;

/**
 * An input of an encoder has more tokens than the model takes.
 * @param index of the input among those of the request, from 0 on
 */
export function inputTooLong(index: number, tokens: number, maxTokens: number, howExact?: 'at least'): AppError {
  const count = howExact ? `${howExact} ${tokens}` : tokens;
  const message = `Input ${index} has ${count} tokens; this model takes at most ${maxTokens}. Shorten it, or ask for truncation.`;
  return new AppError(message, { code: 'context_length_exceeded', status: 422 });
}

/** The answer was not complete before the deadline of the request. */
export function deadlineExceeded(): AppError {
  return new AppError('The answer took longer than it may. Ask for fewer tokens, or allow more time.', {
    code: 'deadline_exceeded',
    status: 504,
  });
}

/** The caller closed the connection; seen in logs only. */
export function requestAborted(cause: unknown): AppError {
  return new AppError('The request was aborted by its caller.', { code: 'request_aborted', status: 499, cause });
}

/** The end of a wait by a {@link Deadline}'s signal before a step worked on the request: its time is up, or the caller left. */
export function waitEnded(signal: AbortSignal, retryAfterMs: number): AppError {
  return isTimeout(signal) ? queueTimeout(retryAfterMs) : requestAborted(signal.reason);
}
