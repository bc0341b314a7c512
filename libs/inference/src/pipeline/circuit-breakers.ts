/** Permission for one guarded call. Exactly one method must be called, once, when the outcome is known. */
export interface Permit {
  succeed(): void;
  /** An error that is no fault of the model's engine counts as {@link abandon}. */
  fail(error: unknown): void;
  /** The outcome is unknown: the caller left, or made a mistake. */
  abandon(): void;
}

/** Circuit breakers by name; `CircuitBreakers` of `@frontier/resilience` are such. */
export interface CircuitBreakers {
  get(name: string): {
    /** @throws `circuit_open` */
    admit(): Permit;
  };
}
