import { AppError } from '@frontier/errors';

/** No model has the name that was asked for. */
export function modelNotFound(name: string, available: readonly string[]): AppError {
  return new AppError(`There is no model "${name}". Available: ${available.join(', ')}.`, {
    code: 'model_not_found',
    status: 404,
  });
}

/** The model's chat template does not take these messages. */
export function messagesRefused(model: string, reason: string): AppError {
  const detail = `the chat template of "${model}" does not take them: ${reason}`;
  return new AppError(`The request is invalid: /messages: ${detail}.`, {
    code: 'invalid_request',
    status: 422,
    errors: [{ pointer: '/messages', detail }],
  });
}

/** The model's chat template is no template; an operator has to mend it. */
export function chatTemplateInvalid(model: string, reason: string): AppError {
  return new AppError(`The chat template of the model "${model}" cannot be read: ${reason}.`, {
    code: 'chat_template_invalid',
    status: 500,
  });
}

/** The caller may use other models only. */
export function modelForbidden(name: string, allowed: readonly string[]): AppError {
  return new AppError(`You may not use the model "${name}". You may use: ${allowed.join(', ')}.`, {
    code: 'forbidden',
    status: 403,
  });
}
