import type { Budget } from './budget.js';

/** One rendering: what is written so far and what it may still cost. */
export class Rendering {
  output = '';
  /** Macros within macros: Python's stack ends, and so does this one, before V8's. */
  depth = 0;

  constructor(readonly budget: Budget) {}

  write(text: string): void {
    this.budget.characters(text.length);
    this.output += text;
  }

  /** The text that `body` writes, taken out of the output. */
  capture(body: () => void): string {
    const before = this.output;
    this.output = '';
    try {
      body();
      return this.output;
    } finally {
      this.output = before;
    }
  }
}
