/** One invalid place in a request: `pointer` is a JSON pointer (RFC 6901) into the body, `''` for the body itself. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** Properties of an error beside its message. */
export interface AppErrorOptions {
  /** Message for callers, where the other one names files or quotes their content; default: the same. */
  publicMessage?: string;
  /** Stable, machine-readable name in snake_case; part of the public contract. */
  code: string;
  /** HTTP status of the response. */
  status: number;
  /** True where the same request can succeed later, unchanged; default false. */
  retryable?: boolean;
  /** Time until the next try, where it is known. */
  retryAfterMs?: number;
  /** Invalid places of a request. */
  errors?: FieldError[];
  cause?: unknown;
}

/** An {@link AppError} as plain data, for crossing a process boundary. */
export interface SerializedAppError extends Omit<AppErrorOptions, 'cause'> {
  message: string;
}

/**
 * Base of every error that a caller may see. Its message says what failed and what to do next; callers get `publicMessage`, the
 * log gets `message`. Nest's default exception filter keeps its status too, but not its code.
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

  /** The status, by the name that Nest, Express and Fastify read. */
  get statusCode(): number {
    return this.status;
  }

  /** Lets Nest's default exception filter send the message: false where callers get another one. */
  get expose(): boolean {
    return this.publicMessage === this.message;
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
