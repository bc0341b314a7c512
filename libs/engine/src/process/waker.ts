/** A wait that can be ended early. */
export class Waker {
  private resume = (): void => {};

  /** Ends the wait, where there is one. */
  wake(): void {
    this.resume();
  }

  /** Waits for so long, or until {@link wake}. */
  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.resume = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.resume = () => {};
  }
}
