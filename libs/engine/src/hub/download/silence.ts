/** Ends a request whose server is silent for too long, or that nobody wants any more. */
export class Silence {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly onAbort = (): void => this.controller.abort(this.signal.reason);

  /** @param limitMs time without a sign of life */
  constructor(
    limitMs: number,
    private readonly signal: AbortSignal,
  ) {
    this.timer = setTimeout(() => this.controller.abort(new Error(`it was silent for ${limitMs / 1000} s`)), limitMs);
    signal.addEventListener('abort', this.onAbort);
    if (signal.aborted) this.onAbort();
  }

  /** For the request. */
  get ending(): AbortSignal {
    return this.controller.signal;
  }

  /** The server has sent something. */
  heard(): void {
    this.timer.refresh();
  }

  end(): void {
    clearTimeout(this.timer);
    this.signal.removeEventListener('abort', this.onAbort);
  }
}
