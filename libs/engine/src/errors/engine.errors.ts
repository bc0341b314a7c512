import { AppError, isAppError, messageOf } from '@frontier/errors';
import { oneLine } from './one-line.js';

/** True for errors of loading a model that a restart cannot mend. */
export function isPermanentModelError(code: string): boolean {
  return code === 'model_invalid' || code === 'model_unsupported';
}

/** The folder or file of the model is damaged or incomplete; callers get `model_unavailable`. */
export function modelInvalid(message: string, cause?: unknown): AppError {
  return new AppError(oneLine(message), { code: 'model_invalid', status: 500, cause });
}

/** The folder or file of the model is sound, but needs something that this engine does not support; callers get `model_unavailable`. */
export function modelUnsupported(message: string): AppError {
  return new AppError(oneLine(message), { code: 'model_unsupported', status: 500 });
}

/** The prompt leaves no room in the model's context for a new token. */
export function contextLengthExceeded(promptTokens: number, contextLength: number, howExact?: 'at least'): AppError {
  const count = howExact ? `${howExact} ${promptTokens}` : promptTokens;
  const message = `The prompt has ${count} tokens; this model's context holds ${contextLength}, of which at least one must be left for the answer. Shorten the prompt.`;
  return new AppError(message, { code: 'context_length_exceeded', status: 422 });
}

/** A text for an encoder is too long. */
export function inputTooLong(tokens: number, maxTokens: number): AppError {
  const message = `The text has ${tokens} tokens; this model takes ${maxTokens} at most. Shorten it, or ask for truncation.`;
  return new AppError(message, { code: 'context_length_exceeded', status: 422 });
}

/** An encoder has no such output. */
export function outputUnavailable(output: string): AppError {
  return new AppError(`This model gives no ${output}.`, { code: 'invalid_request', status: 422 });
}

/** The prompt is empty after tokenization. */
export function promptWithoutTokens(): AppError {
  return new AppError('This model makes no token of the prompt. Write some text.', {
    code: 'invalid_request',
    status: 422,
  });
}

/** The text has a token that the model has no embedding for. */
export function unknownTokenInText(token: number, text: string, vocabSize: number): AppError {
  return new AppError(
    `The text contains ${JSON.stringify(text)}, token ${token} of the tokenizer, but the model has tokens 0 to ${vocabSize - 1} only. Leave it out.`,
    { code: 'invalid_request', status: 422 },
  );
}

/** A token id is outside the vocabulary of the model. */
export function unknownToken(token: number, vocabSize: number): AppError {
  return new AppError(`${token} is not a token of this model; its tokens are 0 to ${vocabSize - 1}.`, {
    code: 'invalid_request',
    status: 422,
  });
}

/** The `n` answers to one prompt do not fit into the model's cache together. */
export function tooManySequences(n: number, room: number): AppError {
  return new AppError(
    `${n} answers to this prompt do not fit together; this model has room for ${room}. Ask for fewer, or several times.`,
    { code: 'invalid_request', status: 422 },
  );
}

/** The model runs where tokens that are drafted cannot be verified. */
export function speculationUnavailable(): AppError {
  const detail = 'this model does not run on the CPU, and has no prompt lookup: leave it out, or set it to 0';
  return new AppError(`The request is invalid: /speculation/prompt_lookup: ${detail}.`, {
    code: 'invalid_request',
    status: 422,
  });
}

/** The model runs where only the last logits of a prompt can be had. */
export function promptLogprobsUnavailable(): AppError {
  return new AppError(
    'The request is invalid: this model gives no log probabilities of prompts: leave out echo or logprobs.',
    {
      code: 'invalid_request',
      status: 422,
    },
  );
}

/** The engine's own queue is full. */
export function overloaded(limit: number): AppError {
  return new AppError(`The server is at capacity: ${limit} requests are waiting. Try again later.`, {
    code: 'overloaded',
    status: 503,
    retryable: true,
    retryAfterMs: 1000,
  });
}

/** The engine failed while it computed the request; the log has the cause. */
export function engineError(message: string, cause?: unknown): AppError {
  const publicMessage =
    cause === undefined ? undefined : 'The engine failed while it worked on the request. Send it again.';
  return new AppError(message, { publicMessage, code: 'engine_error', status: 500, retryable: true, cause });
}

/** The model cannot compute with the values of these tensors, though they have its types and shapes. */
export function tensorsRefused(reason: string): AppError {
  return new AppError(oneLine(`The model cannot compute with these tensors: ${reason}`), {
    code: 'invalid_request',
    status: 422,
  });
}

/** The outputs of a request are too large to be handed on. */
export function outputsTooLarge(bytes: number, limit: number): AppError {
  const message = `The outputs have ${bytes} bytes; at most ${limit} are given. Ask for fewer of them, or send smaller tensors.`;
  return new AppError(message, { code: 'invalid_request', status: 422 });
}

/** The model computed a logit that is not a number. */
export function logitsNotFinite(): AppError {
  return engineError('The model computed a logit that is not a finite number.');
}

/** The model computed a vector with a number that is not finite. */
export function vectorNotFinite(): AppError {
  return engineError('The model computed a vector with an element that is not a finite number.');
}

/** No token of the model can continue the answer as the JSON schema demands. */
export function grammarEnded(): AppError {
  return new AppError('No token of this model can continue the answer as the JSON schema demands.', {
    code: 'invalid_json_schema',
    status: 422,
  });
}

/** The request forbids every token that could come next, such as the only allowed one before `min_tokens`. */
export function nothingAllowed(): AppError {
  return new AppError('The request forbids every token that could come next. Allow more of them.', {
    code: 'invalid_request',
    status: 422,
  });
}

/** Anything thrown while the engine works, as an error that callers may see. */
export function asEngineError(error: unknown): AppError {
  return isAppError(error) ? error : engineError(messageOf(error), error);
}

/** The request cannot be computed, and no fault of the engine is the reason; the log has it. */
export function asRequestError(error: unknown): AppError {
  if (isAppError(error)) return error;
  return new AppError(`This request cannot be computed: ${messageOf(error)}`, {
    publicMessage: "This request cannot be computed; the reason is in the server's log.",
    code: 'request_failed',
    status: 500,
    retryable: false,
    cause: error,
  });
}

/** The model's chat template does not take these messages. */
export function messagesRefused(reason: string): AppError {
  return invalidMessages(`the model's chat template does not take them: ${reason}`);
}

/** The conversation takes too many steps to be written with the chat template. */
export function chatTooExpensive(): AppError {
  return invalidMessages('they are too many or too long to be written with the chat template; send fewer');
}

/** The chat template does not write the last message as it is, so that it cannot be continued. */
export function finalMessageLost(): AppError {
  return invalidMessages("the model's chat template does not write the last one as it is, so it cannot be continued");
}

function invalidMessages(detail: string): AppError {
  return new AppError(`The request is invalid: /messages: ${detail}.`, {
    code: 'invalid_request',
    status: 422,
    errors: [{ pointer: '/messages', detail }],
  });
}

/** The model's chat template cannot be rendered and has to be mended by the operator; the log has the reason. */
export function chatTemplateInvalid(reason: string, cause?: unknown): AppError {
  return new AppError(`The model's chat template cannot be used: ${reason}.`, {
    publicMessage: "The model's chat template cannot be used; the reason is in the server's log.",
    code: 'chat_template_invalid',
    status: 500,
    cause,
  });
}
