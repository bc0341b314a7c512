/** A file that is missing in fewer reads in a row is being replaced. */
const MAX_MISSING_READS = 5;

/**
 * The content of a file that is read again and again, without what is seen while it is being written: a new content counts once two
 * reads in a row found it, and that the file is gone once five did.
 */
export class SettledContent {
  private seen: string | undefined;
  private missingReads = 0;

  /** @param text `undefined`: the file is not there */
  constructor(private text: string | undefined) {
    this.seen = text;
  }

  /** The content that counts. */
  get current(): string | undefined {
    return this.text;
  }

  /** Takes the result of a read. @returns true if another content, or none, counts from now on */
  next(read: string | undefined): boolean {
    this.missingReads = read === undefined ? this.missingReads + 1 : 0;
    const isSettled = read === undefined ? this.missingReads >= MAX_MISSING_READS : read === this.seen;
    this.seen = read;
    if (!isSettled || read === this.text) return false;
    this.text = read;
    return true;
  }
}
