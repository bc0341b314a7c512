/** One invalid place in a request: `pointer` is a JSON pointer (RFC 6901) into the body, `''` for the body itself. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** What an error tells beside its message. */
export interface AppErrorOptions {
  /** The message for callers, where the other one names files or quotes what is in them; default: the same. */
  publicMessage?: string;
  /** Stable, machine-readable name in snake_case; part of the public contract. */
  code: string;
  /** The HTTP status that a server answers with. */
  status: number;
  /** Whether the same request can succeed later without being changed. */
  retryable?: boolean;
  /** When to try again, where that is known. */
  retryAfterMs?: number;
  /** The invalid places of a request, where there are any. */
  errors?: FieldError[];
  cause?: unknown;
}

/** An {@link AppError} as plain data, for crossing a process boundary. */
export interface SerializedAppError extends Omit<AppErrorOptions, 'cause'> {
  message: string;
}

/**
 * The base of every error that a caller may see. Its message says what failed and what to do next; callers get `publicMessage`, the
 * log gets `message`.
 */
export class AppError extends Error {
  readonly publicMessage: string;
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly errors: FieldError[] | undefined;

  constructor(message: string, options: AppErrorOptions) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.publicMessage = options.publicMessage ?? message;
    this.code = options.code;
    this.status = options.status;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.errors = options.errors;
  }

  /** The error without its cause and stack, for another process. */
  serialize(): SerializedAppError {
    const { message, publicMessage, code, status, retryable, retryAfterMs, errors } = this;
    return { message, publicMessage, code, status, retryable, retryAfterMs, errors };
  }

  /** The error that another process serialized. */
  static deserialize({ message, ...options }: SerializedAppError): AppError {
    return new AppError(message, options);
  }
}

/** Tells an {@link AppError} by its shape, so that two copies of this package in one process still agree. */
export function isAppError(error: unknown): error is AppError {
  return error instanceof Error && 'code' in error && 'status' in error && 'retryable' in error;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
