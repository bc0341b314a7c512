/** Does one thing after the other. */
export class Serial {
  private last: Promise<unknown> = Promise.resolve();

  /** Begins when all that was given before has ended, however it has. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done.catch(() => {});
    return done;
  }
}
