import type { TestContext } from 'vitest';

/** One line of the table that `npm run test:real` prints at its end. */
export interface Row {
  point: string;
  ours: string;
  reference: string;
  /** What the test asserts, if anything. */
  bound: string;
}

declare module 'vitest' {
  interface TaskMeta {
    rows?: Row[];
  }
}

/** Adds a line to the table. */
export function addRow({ task }: TestContext, row: Row): void {
  (task.meta.rows ??= []).push(row);
}
