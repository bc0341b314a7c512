import { AppError, isAppError, messageOf } from '@frontier/errors';

/** True if no restart can heal an error of loading a model. */
export function isPermanentModelError(code: string): boolean {
  return code === 'model_invalid' || code === 'model_unsupported';
}

/** A model folder that is damaged or incomplete: a file is missing, truncated or lies about itself. */
export function modelInvalid(message: string, cause?: unknown): AppError {
  return new AppError(message, { code: 'model_invalid', status: 500, cause });
}

/** A model folder that is sound, but asks for something that this engine cannot do. */
export function modelUnsupported(message: string): AppError {
  return new AppError(message, { code: 'model_unsupported', status: 500 });
}

/** The prompt leaves no room for a single new token. */
export function contextLengthExceeded(promptTokens: number, contextLength: number, howExact?: 'at least'): AppError {
  const count = howExact ? `${howExact} ${promptTokens}` : promptTokens;
  const message = `The prompt has ${count} tokens; this model's context holds ${contextLength}, of which at least one must be left for the answer. Shorten the prompt.`;
  return new AppError(message, { code: 'context_length_exceeded', status: 422 });
}

/** The tokenizer makes nothing of the prompt, for instance because it drops white space. */
export function promptWithoutTokens(): AppError {
  return new AppError('This model makes no token of the prompt. Write some text.', {
    code: 'invalid_request',
    status: 422,
  });
}

/** A text has a token that the model has no embedding for. */
export function unknownTokenInText(token: number, text: string, vocabSize: number): AppError {
  return new AppError(
    `The text contains ${JSON.stringify(text)}, token ${token} of the tokenizer, but the model has tokens 0 to ${vocabSize - 1} only. Leave it out.`,
    { code: 'invalid_request', status: 422 },
  );
}

/** A prompt of token ids names one that the model does not have. */
export function unknownToken(token: number, vocabSize: number): AppError {
  return new AppError(`${token} is not a token of this model; its tokens are 0 to ${vocabSize - 1}.`, {
    code: 'invalid_request',
    status: 422,
  });
}

/** The sequences of one prompt begin together, and so must fit together. */
export function tooManySequences(n: number, room: number): AppError {
  return new AppError(
    `${n} answers to this prompt do not fit together; this model has room for ${room}. Ask for fewer, or several times.`,
    { code: 'invalid_request', status: 422 },
  );
}

/** The waiting queue is full. */
export function overloaded(limit: number): AppError {
  return new AppError(`The server is at capacity: ${limit} requests are waiting. Try again later.`, {
    code: 'overloaded',
    status: 503,
    retryable: true,
    retryAfterMs: 1000,
  });
}

/** The engine failed while it worked on a request. The words of a cause, as of ONNX Runtime, are for the log. */
export function engineError(message: string, cause?: unknown): AppError {
  const publicMessage =
    cause === undefined ? undefined : 'The engine failed while it worked on the request. Send it again.';
  return new AppError(message, { publicMessage, code: 'engine_error', status: 500, retryable: true, cause });
}

/** The model computed something that is no number; so would a second try. */
export function logitsNotFinite(): AppError {
  return engineError('The model computed a logit that is not a finite number.');
}

/** The output must go on, but no token can follow: the model has none, or the request forbids it. */
export function grammarEnded(): AppError {
  return new AppError('No token of this model can continue the answer as the JSON schema demands.', {
    code: 'invalid_json_schema',
    status: 422,
  });
}

/** The request forbids every token, such as the only allowed one before `min_tokens`. */
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

/**
 * Anything thrown for a request before a pass has worked on it: no fault of the engine, and the same again with the same
 * request.
 */
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

/** Writing the conversation would take too many steps. */
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

/** The model's chat template cannot be computed; an operator has to mend it. */
export function chatTemplateInvalid(reason: string, cause?: unknown): AppError {
  return new AppError(`The model's chat template cannot be used: ${reason}.`, {
    publicMessage: "The model's chat template cannot be used; the reason is in the server's log.",
    code: 'chat_template_invalid',
    status: 500,
    cause,
  });
}
