/** Ctrl-C at a question. */
export class Interrupted extends Error {
  constructor() {
    super('stopped.');
  }
}
