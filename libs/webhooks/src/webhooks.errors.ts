import { AppError } from '@frontier/errors';

/** The signature is missing, wrong, or too old or new; the message does not say which. */
export function signatureInvalid(): AppError {
  return new AppError('The signature is not valid.', { code: 'signature_invalid', status: 401 });
}

/** No secret is configured to verify webhooks with. */
export function webhooksNotConfigured(): AppError {
  return new AppError('Webhooks are not configured: WEBHOOK_HMAC_SECRET is unset.', {
    code: 'webhooks_not_configured',
    status: 503,
  });
}

/** A webhook with this id was received before with another body. */
export function messageIdReused(id: string): AppError {
  return new AppError(
    `The message "${id}" was received before with another body. Give each message an id of its own.`,
    {
      code: 'message_id_reused',
      status: 422,
    },
  );
}

/** The body is JSON, but not a webhook message. */
export function messageInvalid(pointer: string, detail: string): AppError {
  return new AppError(`The message is invalid: ${pointer ? `${pointer}: ` : ''}${detail}.`, {
    code: 'invalid_request',
    status: 422,
    errors: [{ pointer, detail }],
  });
}

/** The body of the webhook is not JSON in UTF-8. */
export function messageMalformed(reason: string): AppError {
  return new AppError(`The body is not valid JSON: ${reason}.`, { code: 'malformed_request', status: 400 });
}

/** The callback URL is invalid, or its address is not public. */
export function targetRefused(reason: string): AppError {
  return new AppError(`The callback URL is refused: ${reason}.`, { code: 'callback_refused', status: 422 });
}
