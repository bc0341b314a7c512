import { AppError } from '@frontier/errors';
import { oneLine } from '../../errors/one-line.js';

/** What kept a model from being downloaded. */
export type HubFailure =
  | 'reference'
  | 'not_found'
  | 'forbidden'
  | 'offline'
  | 'unreachable'
  | 'refused_address'
  | 'unsafe_name'
  | 'damaged'
  | 'no_space'
  | 'in_use'
  | 'no_model';

interface HubErrorOptions {
  /** True where the same download can succeed later. */
  retryable?: boolean;
  retryAfterMs?: number;
  cause?: unknown;
}

/** A model cannot be had from a hub; the message says what to do. */
export class HubError extends AppError {
  constructor(
    readonly failure: HubFailure,
    message: string,
    options: HubErrorOptions,
  ) {
    super(oneLine(message), {
      code: 'model_download_failed',
      status: 503,
      retryable: options.retryable === true,
      retryAfterMs: options.retryAfterMs,
      cause: options.cause,
    });
  }
}

/** A model cannot be had from its hub, or not yet; callers get `model_unavailable` or `model_loading`. */
export function hubError(failure: HubFailure, message: string, options: HubErrorOptions = {}): HubError {
  return new HubError(failure, message, options);
}
