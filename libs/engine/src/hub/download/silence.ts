/** Ends a request whose server is silent for too long, or that nobody wants any more. */
export class Silence {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private readonly onAbort = (): void => this.controller.abort(this.signal.reason);

  /** @param limitMs time without a sign of life */
  constructor(
    private readonly limitMs: number,
    private readonly signal: AbortSignal,
  ) {
    this.resume();
    signal.addEventListener('abort', this.onAbort);
    if (signal.aborted) this.onAbort();
  }

  /** For the request. */
  get ending(): AbortSignal {
    return this.controller.signal;
  }

  /** Nothing is expected of the server for now. */
  pause(): void {
    clearTimeout(this.timer);
  }

  /** Something is expected of the server from now on. */
  resume(): void {
    const onTimeout = (): void => this.controller.abort(new Error(`it was silent for ${this.limitMs / 1000} s`));
    this.timer = setTimeout(onTimeout, this.limitMs);
  }

  end(): void {
    this.pause();
    this.signal.removeEventListener('abort', this.onAbort);
  }
}
