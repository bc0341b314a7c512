import { AppError, type SerializedAppError } from '@frontier/errors';
import { ExponentialBackoff, type IBackoff, noJitterGenerator } from 'cockatiel';
import type { LoadFailure } from './residency.js';

const DELAYS = new ExponentialBackoff({ generator: noJitterGenerator, initialDelay: 1000, maxDelay: 300_000 });

/** The last load that failed, and when requests may try again: after a second, then twice as long each time, up to five minutes. */
export class LoadFailures {
  private last: { error: SerializedAppError; retryAt: number } | undefined;
  private backoff: IBackoff<unknown> | undefined;

  /** The reason; `undefined` where the last load went well. */
  get error(): SerializedAppError | undefined {
    return this.last?.error;
  }

  get mayTry(): boolean {
    return !this.last || Date.now() >= this.last.retryAt;
  }

  note(error: AppError): void {
    this.backoff = this.backoff?.next(undefined) ?? DELAYS.next();
    this.last = { error: error.serialize(), retryAt: Date.now() + this.backoff.duration };
  }

  forget(): void {
    this.last = undefined;
    this.backoff = undefined;
  }

  /** @param isRetried whether requests load the model */
  report(isRetried: boolean): LoadFailure | undefined {
    if (!this.last) return undefined;
    const { error, retryAt } = this.last;
    return { code: error.code, message: error.message, retryAt: isRetried ? retryAt : null };
  }
}
